#include "parking_lot_parts.hpp"

namespace mpm {
namespace {

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

TEST_F(AParkingLot, AsksTheKernelOnlyOfWhatWasParkedDuringTheWait) {
  FakeHost& host = spoken_to();
  read(host);
  park_again();
  poller.make_ready(host.fake_socket, Sense::Readable);
  EXPECT_THAT(take_ready(), ElementsAre(&host));
  EXPECT_EQ(poller.asked(), 0);
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
  EXPECT_EQ(FakeWatched::living, places + 1) << "the poller may have told of it";
  told();
  EXPECT_EQ(FakeWatched::living, places) << "and does not any more";
}

TEST_F(AParkingLot, IsNotMisledByAPollerThatCannotForgetASocket) {
  spoken_to();
  poller.cannot_forget = true;
  taken.clear();
  for (int wait = 0; wait < 3; ++wait) EXPECT_THAT(take_ready(), IsEmpty());
  poller.cannot_forget = false;
}

}  // namespace
}  // namespace mpm
