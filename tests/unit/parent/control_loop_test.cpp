#include "parent/control_loop.hpp"

#include "unit/parent/control_room.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;

using TheControlLoop = RunningControl;

TEST_F(TheControlLoop, SleepsASecondAtATimeWhenNothingHappens) {
  start(2);
  run_for(30s);
  EXPECT_EQ(machine.sleeps(), 30);
  EXPECT_EQ(machine.seconds_kept(), 30);
  EXPECT_EQ(born(), 2);
}

TEST_F(TheControlLoop, EndsAtOnceWithTheOrderThatCame) {
  start(2);
  machine.at(10300ms, [&] { machine.order(Order::RestartGracefully); });
  EXPECT_EQ(control->loop.run(), (ControlLoop::Ending{.order = Order::RestartGracefully}));
  EXPECT_EQ(machine.passed(), 10300ms);
}

TEST_F(TheControlLoop, DoesNotSleepWhenAnOrderCameBeforeIt) {
  start(2);
  machine.order(Order::Stop);
  EXPECT_EQ(control->loop.run().order, Order::Stop);
  EXPECT_EQ(machine.passed(), 0s);
}

TEST_F(TheControlLoop, ReplacesAChildAsSoonAsItSaysThatItDrains) {
  start(2);
  machine.at(200ms, [&] { drain(0); });
  run_for(900ms);
  EXPECT_EQ(machine.births_until(200ms), 3);
  EXPECT_EQ(active(), 2);
  EXPECT_EQ(total(), 3);
}

TEST_F(TheControlLoop, ReplacesAChildAsSoonAsItEndsWithoutAWord) {
  start(2);
  machine.at(200ms, [&] { machine.end(machine.pid_at(0)); });
  run_for(900ms);
  EXPECT_EQ(machine.births_until(201ms), 3);
  EXPECT_EQ(total(), 2);
}

TEST_F(TheControlLoop, DoesNotReplaceAChildThatNobodyMisses) {
  start(4);  // 100 idle threads, 50 are enough
  machine.at(200ms, [&] { drain(0); });
  machine.at(300ms, [&] { machine.end(machine.pid_at(0)); });
  run_for(10s);
  EXPECT_EQ(born(), 4);
}

TEST_F(TheControlLoop, CanFork100ChildrenASecondButNotManyMore) {
  // Children for one connection each: they drain as soon as they live.
  start(2);
  machine.every(2ms, 10s, [&] {
    for (const auto& [pid, child] : machine.running())
      if (records[child.place.slot].threads.idle > 0) {
        records[child.place.slot].threads = {};
        machine.say(pid, Word::Draining);
        machine.end(pid);
        return;
      }
  });
  run_for(10s);
  EXPECT_GE(born(), 1000);
  EXPECT_LE(born(), 1400);
}

// The tick would see that threads are missing, and the crash would be made good a second time.
TEST_F(TheControlLoop, RefillsACrashedPlaceOnceIfTheTickComesInTheSameTurn) {
  SpawnLimits limits = usual;
  limits.active_limit = 4;
  start(4, limits);
  for (int slot = 0; slot < 4; ++slot) load(slot);
  machine.at(1s, [&] { machine.end(machine.pid_at(0), ExitKind::Crashed); });
  run_for(1001ms);
  EXPECT_EQ(active(), 4);
}

TEST_F(TheControlLoop, RefillsThreeCrashedPlacesAtOnceAndTheOthersByTheTick) {
  SpawnLimits limits = usual;
  limits.min_spare_threads = 125;
  start(5, limits);
  machine.at(200ms, [&] {
    for (const int slot : {0, 1, 2, 3, 4}) machine.end(machine.pid_at(slot), ExitKind::Crashed);
  });
  run_for(5s);
  EXPECT_EQ(machine.births_until(999ms), 5 + 3);
  EXPECT_EQ(machine.births_until(1s), 5 + 3 + 1);
  EXPECT_GE(total(), 5);
}

TEST_F(TheControlLoop, KeepsServingWhenChildrenAreKilledAllTheTime) {
  start(4);
  machine.every(300ms, 30s, [&] {
    if (!machine.running().empty()) machine.end(machine.running().begin()->first, ExitKind::Crashed);
  });
  int empty = 0;
  machine.every(50ms, 30s, [&] { empty += machine.running().empty(); });
  run_for(30s);
  EXPECT_EQ(empty, 0);
  EXPECT_EQ(journal.count("successive crashes"), 10) << "the 3rd of 100 and every tenth after it";
}

TEST_F(TheControlLoop, SurvivesFailedForksAndStaysAwake) {
  start(1);
  machine.refuse_forks(Status{11});
  machine.at(9500ms, [&] { machine.allow_forks(); });
  run_for(11500ms);
  EXPECT_EQ(journal.count("fork failed 11"), 1);
  EXPECT_EQ(machine.seconds_kept(), 11) << "time goes on while forks wait";
  EXPECT_EQ(machine.births_until(9499ms), 1);
  EXPECT_EQ(machine.births_until(10000ms), 2) << "the next second at the latest";
  EXPECT_EQ(born(), 2) << "a shortage is no reason to hurry";
}
}  // namespace
}  // namespace mpm
