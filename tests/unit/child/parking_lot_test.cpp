#include "child/parking_lot.hpp"

#include "child_parts.hpp"

#include <algorithm>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct AParkingLot : ChildParts {
  AParkingLot() { sleep(); }

  /// The listener asks until when it may sleep.
  std::optional<Instant> sleep() { return lot.next_deadline(as.listener, clock.now()); }
  bool watched(const FakeHost& host) { return poller.watches(host.fake_socket); }
  /// What the poller says is ready, without waiting.
  std::vector<Watched*> told() {
    lot.begin_wait(as.listener);
    const auto [status, ready] = poller.wait(as.listener, 0ms);
    EXPECT_TRUE(status.is_ok());
    return {ready.begin(), ready.end()};
  }
  std::vector<ConnectionHost*> take(const std::vector<Watched*>& ready) {
    Convoy convoy;
    lot.take(as.listener, ready, pace, convoy);
    return hosts_of(convoy, Event::Ready);
  }
  std::vector<ConnectionHost*> take_ready() { return take(told()); }
  /// A worker has it, as its client has spoken, and has not read yet.
  FakeHost& spoken_to() {
    FakeHost& host = park_in(State::KeptAlive);
    poller.make_ready(host.fake_socket, Sense::Readable);
    EXPECT_THAT(take_ready(), ElementsAre(&host));
    return host;
  }
  /// The worker reads.
  void read(const FakeHost& host) {
    poller.make_unready(const_cast<FakeSocket&>(host.fake_socket), Sense::Readable);
  }
  void park_again() {
    EXPECT_TRUE(lot.park(taken.back(), clock.now()).is_ok());
    taken.pop_back();
  }
  std::vector<ConnectionHost*> expire() {
    Convoy convoy;
    lot.expire(as.listener, clock.now(), convoy);
    return hosts_of(convoy, Event::Expired);
  }
  std::vector<ConnectionHost*> evict(Instant latest, std::size_t most) {
    Convoy convoy;
    lot.evict(as.listener, latest, most, convoy);
    return hosts_of(convoy, Event::Evicted);
  }
  std::vector<ConnectionHost*> hosts_of(Convoy& convoy, Event happened) {
    std::vector<ConnectionHost*> hosts_in;
    while (ConnectionPtr conn = convoy.take()) {
      EXPECT_EQ(conn->pending, happened);
      hosts_in.push_back(&conn->host());
      taken.push_back(std::move(conn));
    }
    return hosts_in;
  }

  Pace pace = Pace::Rush;
  std::vector<ConnectionPtr> taken;
};

TEST_F(AParkingLot, WatchesWhatIsParkedInIt) {
  const FakeHost& flushing = park_in(State::Flushing);
  const FakeHost& kept_alive = park_in(State::KeptAlive);
  EXPECT_EQ(poller.sense(flushing.fake_socket), Sense::Writable);
  EXPECT_EQ(poller.sense(kept_alive.fake_socket), Sense::Readable);
  EXPECT_EQ(poller.watched(), 2U);
}

TEST_F(AParkingLot, HandsOutWhatIsReadyOnce) {
  FakeHost& ready = park_in(State::KeptAlive);
  park_in(State::KeptAlive);
  poller.make_ready(ready.fake_socket, Sense::Readable);
  EXPECT_THAT(take_ready(), ElementsAre(&ready));
  EXPECT_THAT(take_ready(), IsEmpty());
}

TEST_F(AParkingLot, LeavesAConnectionWhoseClientHasSpokenInThePollset) {
  FakeHost& host = spoken_to();
  EXPECT_TRUE(watched(host));
  read(host);
  park_again();
  EXPECT_EQ(poller.watch_calls(), 1) << "it has its place still";
  EXPECT_THAT(take_ready(), IsEmpty());
  poller.make_ready(host.fake_socket, Sense::Readable);
  EXPECT_THAT(take_ready(), ElementsAre(&host)) << "and its next request is noticed";
}

TEST_F(AParkingLot, LeavesNobodyInThePollsetWhenRequestsTrickle) {
  pace = Pace::Trickle;
  const FakeHost& host = spoken_to();
  EXPECT_FALSE(watched(host));
}

TEST_F(AParkingLot, ForgetsWhatLeavesItForAnyOtherReason) {
  FakeHost& flushing = park_in(State::Flushing);
  FakeHost& lingering = park_in(State::Lingering);
  poller.make_ready(flushing.fake_socket, Sense::Writable);
  poller.make_ready(lingering.fake_socket, Sense::Readable);
  EXPECT_THAT(take_ready(), ElementsAre(&flushing, &lingering));
  park_in(State::KeptAlive);
  evict(clock.now(), 1);
  park_in(State::KeptAlive);
  clock.advance(5s);
  expire();
  EXPECT_EQ(poller.watched(), 0U);
}

TEST_F(AParkingLot, ForgetsAConnectionThatEnds) {
  FakeHost& host = spoken_to();
  taken.clear();
  EXPECT_FALSE(watched(host));
}

TEST_F(AParkingLot, WatchesAConnectionForWhatItWaitsForNow) {
  FakeHost& host = spoken_to();
  taken.back()->on(Event::Ready);
  taken.back()->on(Event::WantsFlush);
  park_again();
  EXPECT_EQ(poller.sense(host.fake_socket), Sense::Writable);
  EXPECT_EQ(poller.watched(), 1U);
}

// A client that sends the body of its request late would keep the listener awake for as long as a worker
// reads.
TEST_F(AParkingLot, DoesNotLetThePollerTellOfAConnectionInVainForLong) {
  FakeHost& host = spoken_to();
  int times = 0;
  while (!told().empty() && times < 100) {
    take_ready();
    ++times;
  }
  EXPECT_LT(times, 10);
  EXPECT_FALSE(watched(host));
  park_again();
  EXPECT_THAT(take_ready(), ElementsAre(&host)) << "once it waits again, it is told of";
}

TEST_F(AParkingLot, PassesOverWhatWasReadyBeforeItsWorkerReadIt) {
  FakeHost& host = spoken_to();
  const std::vector<Watched*> old_news = told();
  read(host);
  park_again();
  EXPECT_THAT(take(old_news), IsEmpty()) << "a worker would wait for its client";
  poller.make_ready(host.fake_socket, Sense::Readable);
  EXPECT_THAT(take_ready(), ElementsAre(&host));
}

TEST_F(AParkingLot, HandsOutWhatWasParkedDuringTheWaitAndIsReady) {
  FakeHost& host = spoken_to();
  const std::vector<Watched*> news = told();
  park_again();
  EXPECT_THAT(take(news), ElementsAre(&host));
}

TEST_F(AParkingLot, PassesOverWhatHasEndedSinceThePollerToldOfIt) {
  spoken_to();
  const std::vector<Watched*> ended = told();
  taken.clear();
  EXPECT_THAT(take(ended), IsEmpty());
}

TEST_F(AParkingLot, HandsOutWhatHasWaitedAsLongAsItsQueueSays) {
  FakeHost& kept_alive = park_in(State::KeptAlive);
  FakeHost& flushing = park_in(State::Flushing);
  clock.advance(5s - 1us);
  EXPECT_THAT(expire(), IsEmpty());
  clock.advance(1us);
  EXPECT_THAT(expire(), ElementsAre(&kept_alive));
  clock.advance(55s);
  EXPECT_THAT(expire(), ElementsAre(&flushing));
  EXPECT_EQ(poller.watched(), 0U);
}

TEST_F(AParkingLot, EvictsTheQuietOldestFirstAndNoMoreThanItIsTold) {
  FakeHost& oldest = park_in(State::KeptAlive);
  clock.advance(1ms);
  FakeHost& older = park_in(State::KeptAlive);
  park_in(State::KeptAlive);
  park_in(State::Flushing);
  EXPECT_THAT(evict(clock.now(), 2), ElementsAre(&oldest, &older));
}

TEST_F(AParkingLot, EvictsNobodyWhoIsNotQuiet) {
  park_in(State::KeptAlive);
  EXPECT_THAT(evict(clock.now() - 1us, 10), IsEmpty());
}

TEST_F(AParkingLot, KnowsWhenTheOldestKeptAliveConnectionWasParked) {
  EXPECT_EQ(lot.oldest_parked(as.listener), std::nullopt);
  park_in(State::KeptAlive);
  const Instant parked_at = clock.now();
  clock.advance(1s);
  park_in(State::KeptAlive);
  EXPECT_EQ(lot.oldest_parked(as.listener), parked_at);
}

TEST_F(AParkingLot, GivesAConnectionBackThatThePollerRefuses) {
  poller.refuse(Status{28});
  ConnectionPtr conn = connect_in(State::KeptAlive, client());
  EXPECT_EQ(lot.park(conn, clock.now()), Status{28});
  ASSERT_TRUE(conn);
  EXPECT_FALSE(conn->waiting());
  EXPECT_EQ(sleep(), std::nullopt);
}

TEST_F(AParkingLot, ParksAConnectionThatWasRefusedOnce) {
  poller.refuse(Status{28});
  ConnectionPtr conn = connect_in(State::KeptAlive, client());
  EXPECT_FALSE(lot.park(conn, clock.now()).is_ok());
  EXPECT_TRUE(lot.park(conn, clock.now()).is_ok());
  EXPECT_FALSE(conn);
  EXPECT_EQ(poller.watched(), 1U);
}

TEST_F(AParkingLot, WakesAListenerThatWouldOversleep) {
  park_in(State::Flushing);
  EXPECT_EQ(poller.wakes(), 1) << "it sleeps without end";
  sleep();
  park_in(State::KeptAlive);
  EXPECT_EQ(poller.wakes(), 2) << "its deadline comes sooner";
  sleep();
  park_in(State::KeptAlive);
  EXPECT_EQ(poller.wakes(), 2);
}

TEST_F(AParkingLot, WakesNobodyForAConnectionThatThePollerRefuses) {
  poller.refuse(Status{28});
  ConnectionPtr conn = connect_in(State::KeptAlive, client());
  EXPECT_FALSE(lot.park(conn, clock.now()).is_ok());
  EXPECT_EQ(poller.wakes(), 0);
}

TEST_F(AParkingLot, KeepsTheDeadlineOfALingeringConnectionThatComesAndGoes) {
  FakeHost& host = park_in(State::Lingering);
  clock.advance(10s);
  poller.make_ready(host.fake_socket, Sense::Readable);
  take_ready();
  EXPECT_TRUE(lot.park(taken.front(), clock.now()).is_ok());
  poller.make_unready(host.fake_socket, Sense::Readable);
  clock.advance(20s - 1us);
  EXPECT_THAT(expire(), IsEmpty());
  clock.advance(1us);
  EXPECT_THAT(expire(), ElementsAre(&host));
}

TEST_F(AParkingLot, HurriesALingeringConnectionAndRemembersItWhenItComesAndGoes) {
  FakeHost& host = park_in(State::Lingering);
  lot.hurry(as.listener, clock.now());
  EXPECT_EQ(sleep(), clock.now() + short_linger);
  poller.make_ready(host.fake_socket, Sense::Readable);
  clock.advance(1s);
  take_ready();
  EXPECT_TRUE(lot.park(taken.front(), clock.now()).is_ok());
  clock.advance(1s);
  EXPECT_THAT(expire(), ElementsAre(&host));
}

TEST_F(AParkingLot, HandsOutAllThatIsLeft) {
  const FakeHost& kept_alive = park_in(State::KeptAlive);
  const FakeHost& flushing = park_in(State::Flushing);
  const FakeHost& lingering = park_in(State::Lingering);
  Convoy left;
  lot.hand_out_all(left);
  EXPECT_EQ(poller.watched(), 0U);
  left.sever();
  for (const FakeHost* const host : {&kept_alive, &flushing, &lingering}) {
    EXPECT_TRUE(host->severed);
    EXPECT_EQ(host->ended, 0);
  }
  left.end();
  for (const FakeHost* const host : {&kept_alive, &flushing, &lingering}) EXPECT_EQ(host->ended, 1);
}

}  // namespace
}  // namespace mpm
