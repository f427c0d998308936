#include "running_child.hpp"

#include <algorithm>
#include <atomic>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::Contains;

/// A child of twelve workers, of which it starts four at once.
struct AGrowingChild : RunningChild {
  static constexpr int all = 12;
  static constexpr int at_once = Recruitment::at_once(all, 2);

  AGrowingChild() {
    setup.quota.threads_per_child = all;
    world.thread_states.wants = [](ThreadId) { return false; };
  }

  int workers_started() { return world.threads.started - 1; }
  void await_workers(int count) {
    await([&] { return workers_started() == count && world.summons.asleep(); });
  }
  void await_serving() {
    await([&] { return world.scoreboard.serving == 1; });
    await_workers(at_once);
  }
  /// It has nothing to do until its next step.
  void take_a_step() {
    await([&] { return world.summons.asleep(); });
    world.clock.advance(*world.summons.asleep_until() - world.clock.now());
  }
  /// The handler of its next request blocks until it is severed.
  void block(FakeHost& host) {
    host.during_process = [this, &host] {
      ++blocked;
      await([&] { return host.severed.load(); });
    };
  }
  void connect_blocking(int count) {
    while (count-- > 0) {
      FakeHost& host = client();
      block(host);
      connect(host);
    }
  }
  /// As much time as it takes until so many handlers are blocked.
  void pass_until_blocked(int count) {
    await([&] {
      if (blocked < count) world.clock.advance(ConcurrencyTarget::quantum / 4);
      return blocked == count;
    });
  }

  /// From the listener on, nobody can be started until it says otherwise.
  void be_short_of_threads() {
    world.threads.refuses = [this](int nth) { return nth > at_once && short_of_threads; };
    run();
    await_serving();
  }

  std::atomic<int> blocked{0};
  std::atomic<bool> short_of_threads{true};
};

TEST_F(AGrowingChild, ServesBeforeAllItsWorkersAreStarted) {
  run();
  await_serving();
  EXPECT_EQ(world.scoreboard.statuses[at_once], WorkerStatus::Starting);
  FakeHost& host = client();
  connect(host);
  await_parked(host);
}

TEST_F(AGrowingChild, IsCompleteAfterAFewStepsWithNothingToDo) {
  run();
  await_serving();
  // As many as it takes: a thread that has just come may look as if it had something to do.
  for (int steps = 0; workers_started() < all; ++steps) {
    ASSERT_LT(steps, all);
    take_a_step();
    await([&] { return world.summons.asleep(); });
  }
  EXPECT_EQ(world.summons.asleep_until(), std::nullopt) << "it need not wake up any more";
  EXPECT_EQ(stop(StopStage::Graceful), ChildEnd::Clean);
  EXPECT_EQ(world.threads.joined, all + 1);
}

TEST_F(AGrowingChild, StartsAWorkerForEachRequestThatWaitsBehindOthersThatBlock) {
  run();
  await_serving();
  connect_blocking(all);
  pass_until_blocked(all);
  EXPECT_EQ(workers_started(), all);
}

TEST_F(AGrowingChild, StartsWhoIsCalledForWhileItDrains) {
  run();
  await_serving();
  for (int i = 0; i < all; ++i) {
    connect(client());
    await_parked(*hosts.back());
    block(*hosts.back());
  }
  EXPECT_EQ(workers_started(), at_once) << "no time has passed";
  world.summons.ask(StopStage::Graceful);
  await([&] { return world.sockets.closed == 1; });
  for (const auto& host : hosts) request(*host);
  pass_until_blocked(all);
  EXPECT_EQ(workers_started(), all);
  stop(StopStage::Forced);
}

TEST_F(AGrowingChild, StartsNobodyAheadOfNeedWhileItDrains) {
  run();
  await_serving();
  connect_blocking(1);
  await([&] { return blocked == 1; });
  world.summons.ask(StopStage::Graceful);
  await([&] { return world.sockets.closed == 1; });
  await([&] { return world.summons.waited_at(StopStage::Graceful) && world.summons.asleep(); });
  EXPECT_EQ(world.summons.asleep_until(), std::nullopt);
  EXPECT_LT(workers_started(), all);
  await([&] { return world.scoreboard.statuses[all - 1] == WorkerStatus::Dead; });
  stop(StopStage::Forced);
}

TEST_F(AGrowingChild, DoesWithoutAWorkerThatCannotBeStartedAndTriesAgain) {
  be_short_of_threads();
  take_a_step();
  await([&] { return world.scoreboard.statuses[at_once] == WorkerStatus::Dead; });
  await([&] { return world.summons.asleep(); });
  EXPECT_THAT(world.journal.entries(), Contains("does without workers: has 4"));
  FakeHost& host = client();
  connect(host);
  await_parked(host);
  short_of_threads = false;
  take_a_step();
  await([&] { return world.scoreboard.statuses[at_once] == WorkerStatus::Ready; });
  EXPECT_EQ(stop(StopStage::Graceful), ChildEnd::Clean) << "it is not sick";
}

TEST_F(AGrowingChild, TriesAgainWhileItDrainsToo) {
  be_short_of_threads();
  FakeHost& kept = client();
  connect(kept);
  await_parked(kept);
  connect_blocking(at_once);
  pass_until_blocked(at_once);
  request(kept);
  await([&] {
    world.clock.advance(ConcurrencyTarget::quantum / 4);
    return !world.journal.entries().empty();
  });
  world.summons.ask(StopStage::Graceful);
  await([&] { return world.sockets.closed == 1; });
  EXPECT_EQ(kept.ended, 0);
  short_of_threads = false;
  await([&] {
    world.clock.advance(ConcurrencyTarget::quantum / 4);
    return kept.ended == 1;
  });
  stop(StopStage::Forced);
}

TEST_F(AGrowingChild, HasAWorkerForAllThatWaitsOnceThreadsCanBeHadAgain) {
  be_short_of_threads();
  connect_blocking(all - 2);
  pass_until_blocked(at_once);
  await([&] {
    world.clock.advance(ConcurrencyTarget::quantum / 4);
    return !world.journal.entries().empty();
  });
  short_of_threads = false;
  pass_until_blocked(all - 2);
}

TEST_F(AGrowingChild, SaysOnceInASeriesThatItIsShortOfThreads) {
  be_short_of_threads();
  for (int tries = 1; tries <= 5; ++tries) {
    take_a_step();
    await([&] { return workers_started() == at_once + tries; });
  }
  EXPECT_EQ(stop(StopStage::Graceful), ChildEnd::Clean);
  const auto entries = world.journal.entries();
  EXPECT_EQ(std::ranges::count(entries, "does without workers: has 4"), 1);
}

}  // namespace
}  // namespace mpm
