#include "parking_lot_parts.hpp"

namespace mpm {
namespace {

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

TEST_F(AParkingLot, LetsNobodyTellOfAConnectionThatRestsAndHandsItOutAsReadyWhenItHas) {
  FakeHost& host = park_in(State::Lingering);
  poller.make_ready(host.fake_socket, Sense::Readable);
  take_ready();
  taken.front()->rests_until = clock.now() + 10ms;
  EXPECT_TRUE(lot.park(taken.front(), clock.now()).is_ok());
  EXPECT_THAT(take_ready(), IsEmpty());
  EXPECT_EQ(sleep(), clock.now() + 10ms);
  clock.advance(10ms);
  EXPECT_THAT(expire(Event::Ready), ElementsAre(&host));
}

TEST_F(AParkingLot, GivesUpThePlaceThatAConnectionHasKeptWhenItRests) {
  const FakeHost& host = spoken_to();
  ASSERT_TRUE(watched(host));
  taken.front()->on(Event::Ready);
  ASSERT_EQ(taken.front()->on(Event::Finished), Then::Linger);
  taken.front()->lingers_until = clock.now() + normal_linger;
  taken.front()->rests_until = clock.now() + 10ms;
  EXPECT_TRUE(lot.park(taken.front(), clock.now()).is_ok());
  EXPECT_FALSE(watched(host));
}

TEST_F(AParkingLot, EndsARestWithTheLingeringTime) {
  FakeHost& host = client();
  ConnectionPtr conn = connect_in(State::Lingering, host);
  conn->rests_until = conn->lingers_until + 1s;
  EXPECT_TRUE(lot.park(conn, clock.now()).is_ok());
  clock.advance(normal_linger);
  EXPECT_THAT(expire(Event::Expired), ElementsAre(&host));
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
