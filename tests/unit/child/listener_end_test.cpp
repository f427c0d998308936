#include "listener_parts.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// --- eviction ---

TEST_F(AListener, EvictsTheQuietOnlyWhenAClientHasWaitedForAWhileAndNobodyIsIdle) {
  park_in(State::KeptAlive);
  then([this] { sockets.one.arrive(client()); });
  then([this] { clock.advance(EvictionPolicy::endurance - 1us); });
  then([this] {
    EXPECT_EQ(poller.watched(), 1U) << "the gate is held";
    clock.advance(1us);
  });
  then([this] { EXPECT_THAT(queued(), ElementsAre("evicted")); });
  run();
}

TEST_F(AListener, EvictsNobodyForAClientThatAnotherChildHasLetIn) {
  park_in(State::KeptAlive);
  then([this] { sockets.one.arrive(client()); });
  then([this] {
    EXPECT_TRUE(acceptor.held());
    EXPECT_TRUE(sockets.one.give_up());
    clock.advance(EvictionPolicy::endurance);
  });
  then([this] { clock.advance(1s); });
  then([this] { EXPECT_THAT(queued(), IsEmpty()); });
  run();
}

TEST_F(AListener, EvictsNobodyForARequestThatWaits) {
  park_in(State::KeptAlive);
  queue.push(connect_in(State::KeptAlive, client()), clock.now());
  then([this] { poller.wake(); });
  then([this] { clock.advance(1s); });
  then([this] { poller.wake(); });
  then([this] { EXPECT_THAT(queued(), ElementsAre("ready")); });
  run();
}

TEST_F(AListener, EvictsNoMoreWhileThoseItHasEvictedWaitForAWorker) {
  for (std::size_t i = 0; i < 2 * EvictionPolicy::batch; ++i) park_in(State::KeptAlive);
  then([this] { sockets.one.arrive(client()); });
  then([this] { clock.advance(EvictionPolicy::endurance); });
  then([this] { clock.advance(1s); });
  then([this] { EXPECT_THAT(queued(), testing::SizeIs(EvictionPolicy::batch)); });
  run();
}

// It holds no place: nobody gains by waiting for it, and with all workers blocked it waits for long.
TEST_F(AListener, EvictsTheQuietThoughSomebodyWhoLingersWaitsForAWorker) {
  park_in(State::KeptAlive);
  FakeHost& lingering = park_in(State::Lingering);
  then([this] { sockets.one.arrive(client()); });
  then([this, &lingering] {
    poller.make_ready(lingering.fake_socket, Sense::Readable);
    clock.advance(EvictionPolicy::endurance);
  });
  then([this] { EXPECT_THAT(queued(), ElementsAre("ready", "evicted")); });
  run();
}

TEST_F(AListener, EvictsNobodyWhileAWorkerIsIdle) {
  park_in(State::KeptAlive);
  idle_workers(1);
  then([this] { poller.wake(); });
  then([this] { clock.advance(1s); });
  then([this] { poller.wake(); });
  then([this] { EXPECT_THAT(queued(), IsEmpty()); });
  run();
}

// --- stopping ---

TEST_F(AListener, ClosesItsSocketsAndSaysThatItLeavesWhenTheChildDrains) {
  idle_workers(4);
  const ConnectionPtr open = connect(client());
  then([this] { stopper.raise(StopStage::Graceful); });
  then([this] {
    EXPECT_EQ(sockets.closed, 1);
    EXPECT_EQ(scoreboard.quiescing, 1);
    EXPECT_EQ(scoreboard.why, Scoreboard::Reason::Asked);
    for (std::size_t slot_shown = 0; slot_shown < 4; ++slot_shown) {
      EXPECT_EQ(scoreboard.statuses[slot_shown], WorkerStatus::Draining);
    }
  });
  run();
  EXPECT_EQ(farewells, 1);
  EXPECT_EQ(sockets.closed, 1);
}

TEST_F(AListener, EndsWhenTheLastConnectionOfADrainingChildHasEnded) {
  ConnectionPtr open = connect(client());
  then([this] { stopper.raise(StopStage::Graceful); });
  then([&] { open.reset(); });
  run();
  EXPECT_EQ(stopper.stage(), StopStage::Graceful);
  EXPECT_EQ(farewells, 1);
}

TEST_F(AListener, EvictsWhateverIsQuietWhenTheChildDrains) {
  idle_workers(4);
  park_in(State::KeptAlive);
  then([this] { stopper.raise(StopStage::Graceful); });
  then([this] { clock.advance(EvictionPolicy::quiet_time); });
  then([this] { EXPECT_THAT(queued(), ElementsAre("evicted")); });
  run();
}

TEST_F(AListener, HurriesThoseThatLingerWhenTheChildDrains) {
  park_in(State::Lingering);
  then([this] { stopper.raise(StopStage::Graceful); });
  run();
  EXPECT_EQ(slept.back(), 2000ms);
}

TEST_F(AListener, EndsAtOnceInAForcedStop) {
  park_in(State::KeptAlive);
  then([this] { stopper.raise(StopStage::Forced); });
  run();
  EXPECT_EQ(farewells, 1);
  EXPECT_EQ(ledger.open(), 1);
}

TEST_F(AListener, LeavesSickAndThenAtOnceWhenThePollsetFails) {
  park_in(State::KeptAlive);
  then([this] { poller.break_down(Status{9}); });
  run();
  EXPECT_TRUE(stopper.sick());
  EXPECT_EQ(scoreboard.why, Scoreboard::Reason::Shortage);
  EXPECT_EQ(stopper.stage(), StopStage::Forced);
  EXPECT_THAT(journal.entries(), ElementsAre("poll failed", "poll failed"));
}

}  // namespace
}  // namespace mpm
