#include "parent/control_loop.hpp"

#include "unit/parent/control_room.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr ControlLoop::Ending fatal = {.order = Order::StopGracefully, .cause = Succession::Cause::Fatal};

/// Runs the loop until an order comes.
class TheControlLoop : public ControlRoom {
 protected:
  ControlLoop::Ending run_for(Duration time) {
    machine.at(machine.passed() + time, [this] { machine.order(Order::Stop); });
    const ControlLoop::Ending ending = control->loop.run();
    machine.order(Order::None);
    return ending;
  }
  void start(int children, const SpawnLimits& limits = usual) {
    begin(0, limits);
    control->maintenance.start(children);
  }
  [[nodiscard]] int born() const { return static_cast<int>(machine.births().size()); }
};

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

TEST_F(TheControlLoop, HearsWhatAChildSaidJustBeforeItEnded) {
  start(2);
  machine.at(200ms, [&] {
    const int pid = machine.pid_at(0);
    machine.say(pid, Word::Draining);
    machine.end(pid);
  });
  run_for(900ms);
  EXPECT_THAT(journal.lines(), Contains("draining 0 pid 100 gen 0 active 1/8 total 2/2/8"));
  EXPECT_EQ(born(), 3) << "one successor, not two";
}

TEST_F(TheControlLoop, CanFork100ChildrenASecondButNotManyMore) {
  // Children for one connection each: they drain as soon as they live.
  start(2);
  machine.every(2ms, 10s, [&] {
    for (const auto& [pid, child] : machine.running())
      if (records[child.place.slot].threads.ready > 0) {
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

TEST_F(TheControlLoop, DoesNotHurryToReplaceASickChild) {
  SpawnLimits limits = usual;
  start(2, limits);
  load(0);
  load(1);
  rates[0] = 16;
  machine.at(200ms, [&] {
    machine.say(machine.pid_at(0), Word::Ailing);
    machine.end(machine.pid_at(0), ExitKind::Sick);
  });
  run_for(1500ms);
  EXPECT_EQ(machine.births_until(999ms), 2);
  EXPECT_EQ(born(), 3) << "one, whatever the rate was";
}

TEST_F(TheControlLoop, GoesOnAfterASickChildIfOneIsHealthy) {
  start(2);
  load(1);
  machine.at(200ms, [&] { machine.end(machine.pid_at(0), ExitKind::Sick); });
  EXPECT_EQ(run_for(3s).order, Order::Stop);
  EXPECT_EQ(memory.sick_child_seen, 0);
}

TEST_F(TheControlLoop, GivesUpWhenChildrenFallSickAndNoneWasEverHealthy) {
  start(2);
  machine.at(200ms, [&] { machine.end(machine.pid_at(0), ExitKind::Sick); });
  EXPECT_EQ(control->loop.run(), fatal);
  EXPECT_EQ(machine.passed(), 1s);
  EXPECT_EQ(journal.count("giving up"), 1);
}

TEST_F(TheControlLoop, EndsWithAFatalChildOfThisGeneration) {
  start(2);
  machine.at(200ms, [&] { machine.end(machine.pid_at(0), ExitKind::Fatal); });
  EXPECT_EQ(control->loop.run(), fatal);
}

TEST_F(TheControlLoop, GoesOnAfterAFatalChildOfAnOlderGeneration) {
  start(2);
  begin(1);
  control->maintenance.start(2);
  load(2);
  const int old = machine.pid_at(0);
  machine.at(200ms, [&] { machine.end(old, ExitKind::Fatal); });
  EXPECT_EQ(run_for(5s).order, Order::Stop);
  EXPECT_EQ(journal.count("fatal ignored " + std::to_string(old)), 1);
}

TEST_F(TheControlLoop, SurvivesFailedForksAndStaysAwake) {
  start(1);
  machine.refuse_forks(Status{11});
  machine.at(9500ms, [&] { machine.allow_forks(); });
  run_for(11500ms);
  EXPECT_EQ(journal.count("fork failed 11"), 1);
  EXPECT_EQ(machine.seconds_kept(), 11) << "time goes on while forks wait";
  EXPECT_EQ(machine.births_until(10999ms), 1);
  EXPECT_EQ(born(), 2) << "a shortage is no reason to hurry";
}

TEST_F(TheControlLoop, GivesModulesTheirOwnProcesses) {
  start(2);
  machine.at(200ms, [&] { machine.end_stranger(5, ExitKind::Fatal, Processes::Claim::Claimed); });
  EXPECT_EQ(run_for(2s).order, Order::Stop);
  EXPECT_EQ(journal.count("unknown 5"), 0);
}

TEST_F(TheControlLoop, NotesAChildThatNobodyKnows) {
  start(2);
  machine.at(200ms, [&] { machine.end_stranger(5, ExitKind::Clean, Processes::Claim::Unclaimed); });
  run_for(2s);
  EXPECT_EQ(journal.count("unknown 5"), 1);
}

TEST_F(TheControlLoop, ExpectsStrangersOnAFirstStart) {
  strangers = Reaper::Strangers::Expected;
  start(2);
  machine.at(200ms, [&] { machine.end_stranger(5, ExitKind::Clean, Processes::Claim::Unclaimed); });
  run_for(2s);
  EXPECT_EQ(journal.count("unknown 5"), 0);
}

TEST_F(TheControlLoop, EndsWithAFatalStrangerThatNobodyClaims) {
  start(2);
  machine.at(200ms, [&] { machine.end_stranger(5, ExitKind::Fatal, Processes::Claim::Unclaimed); });
  EXPECT_EQ(control->loop.run(), fatal);
}

TEST_F(TheControlLoop, ReplacesChildrenWithoutLifelinesByTheTick) {
  machine.without_lifelines();
  machine.upbringing([](int) {});
  start(2);
  machine.at(200ms, [&] { machine.end(machine.pid_at(0)); });
  run_for(1100ms);
  EXPECT_EQ(born(), 3);
}

TEST_F(TheControlLoop, IsNotKeptBusyByAChildThatOnlyHungUp) {
  start(2);
  machine.at(200ms, [&] { machine.hang_up(machine.pid_at(0)); });
  run_for(900ms);
  EXPECT_LE(machine.sleeps(), 30);
  EXPECT_GE(machine.sleeps(), 10) << "it looks again soon, a few times";
  EXPECT_EQ(total(), 2);
  EXPECT_EQ(machine.open_lifelines().size(), 1U);
}

TEST_F(TheControlLoop, ClosesTheLifelinesOfTheDead) {
  start(2);
  machine.every(100ms, 5s, [&] { machine.end(machine.running().begin()->first); });
  run_for(5s);
  EXPECT_EQ(machine.open_lifelines().size(), machine.running().size());
}

class SpareThreads : public TheControlLoop {};

TEST_F(SpareThreads, AreRaisedWithDoublingSpeedUnderLoad) {
  start(2);
  machine.every(100ms, 10s, [&] {
    for (const auto& [pid, child] : machine.running()) load(child.place.slot);
  });
  run_for(1500ms);
  EXPECT_EQ(born(), 2 + 1);
  run_for(1s);
  EXPECT_EQ(born(), 2 + 1 + 2);
  run_for(1s);
  EXPECT_EQ(born(), 8) << "four more were allowed, but eight is the limit";
}

TEST_F(SpareThreads, AreReportedMissingOnceWhenTheLimitIsReached) {
  start(8);
  for (int slot = 0; slot < 8; ++slot) load(slot);
  run_for(5s);
  EXPECT_EQ(journal.count("saturated"), 1);
  records[0].threads = {.ready = 5, .up = 25};
  run_for(5s);
  EXPECT_EQ(journal.count("nearly saturated"), 1);
}

TEST_F(SpareThreads, CannotBeRaisedWhileFinishingChildrenHoldTheSeats) {
  start(8);
  for (int slot = 0; slot < 8; ++slot) drain(slot);
  run_for(2500ms);
  EXPECT_EQ(journal.count("scoreboard full"), 2);
  EXPECT_EQ(active(), 0);
}

TEST_F(SpareThreads, AreNotRaisedAboveTheActiveLimit) {
  SpawnLimits limits = usual;
  limits.active_children = 2;
  limits.max_workers = 400;
  start(2, limits);
  load(0);
  load(1);
  run_for(2500ms);
  EXPECT_EQ(journal.count("active limit"), 2);
  EXPECT_EQ(born(), 2);
}

TEST_F(SpareThreads, AreAnnouncedWhenTheyGrowFast) {
  rates[0] = 8;
  start(1);
  load(0);
  run_for(1500ms);
  EXPECT_EQ(journal.count("spawning 7"), 1);
}

TEST_F(SpareThreads, AreGivenUpOneChildASecondAfterAPeak) {
  start(8);  // 200 idle threads, 100 may be
  pods[0].when_asked([&](int, DeathPipe::Request) {
    const int pid = machine.running().begin()->first;
    machine.say(pid, Word::Draining);
    machine.end(pid);
  });
  run_for(20s);
  EXPECT_EQ(pods[0].graceful(), 4);
  EXPECT_EQ(total(), 4);
  EXPECT_EQ(born(), 8);
}

TEST_F(SpareThreads, AreKeptWhileOthersStillFinish) {
  start(8);
  pods[0].when_asked([&](int, DeathPipe::Request) { drain(machine.running().begin()->second.place.slot); });
  run_for(20s);
  EXPECT_EQ(pods[0].graceful(), 1);
  EXPECT_THAT(journal.lines(), Contains("retiring later"));
}

class AGracefulRestart : public TheControlLoop {
 protected:
  /// The next generation runs while all children of the one before are still there.
  void succeed(int children, const SpawnLimits& limits = usual) {
    begin(1, limits);
    memory.hold_off = SpawnPolicy::hold_off_after_restart;
    old_pods[0].when_asked([this](int, DeathPipe::Request) {
      for (int slot = 0; slot < 8; ++slot)
        if (seats[static_cast<std::size_t>(slot)].generation == 0 && machine.pid_at(slot)) drain(slot);
    });
    control->maintenance.start(children);
  }
};

TEST_F(AGracefulRestart, StartsTheNewChildrenAtOnce) {
  start(3);
  succeed(3);
  EXPECT_EQ(born(), 6);
  EXPECT_EQ(machine.passed(), 0s);
}

TEST_F(AGracefulRestart, DismissesTheOldChildrenWhenTheNewOnesServe) {
  start(3);
  machine.upbringing([](int) {});
  succeed(3);
  for (const int slot : {3, 4, 5})
    machine.at(slot * 100ms, [&, slot] { machine.say(machine.pid_at(slot), Word::Serving); });
  run_for(490ms);
  EXPECT_EQ(old_pods[0].graceful(), 0);
  run_for(20ms);
  EXPECT_EQ(old_pods[0].graceful(), 3);
  EXPECT_TRUE(old_pods[0].let_go_of());
}

TEST_F(AGracefulRestart, DismissesTheOldChildrenAfterASecondAnyway) {
  start(3);
  machine.upbringing([](int) {});
  succeed(3);
  run_for(1100ms);
  EXPECT_EQ(old_pods[0].graceful(), 3);
  run_for(5s);
  EXPECT_EQ(old_pods[0].graceful(), 3) << "once";
}

TEST_F(AGracefulRestart, DismissesTheOldChildrenAtOnceIfTheyHoldTheSeats) {
  start(8);
  succeed(3);
  EXPECT_EQ(born(), 8);
  run_for(10ms);
  EXPECT_EQ(old_pods[0].graceful(), 8);
}

TEST_F(AGracefulRestart, FillsEachSeatAsSoonAsAnOldChildLeavesIt) {
  start(8);
  succeed(3);
  machine.at(100ms, [&] { machine.end(machine.pid_at(4)); });
  machine.at(200ms, [&] { machine.end(machine.pid_at(5)); });
  machine.at(300ms, [&] { machine.end(machine.pid_at(6)); });
  machine.at(400ms, [&] { machine.end(machine.pid_at(7)); });
  run_for(900ms);
  EXPECT_EQ(machine.births_until(101ms), 9);
  EXPECT_EQ(machine.births_until(201ms), 10);
  EXPECT_EQ(machine.births_until(301ms), 11);
  EXPECT_EQ(born(), 11) << "and no more than StartServers";
}

TEST_F(AGracefulRestart, CausesNoReplacementOfTheOldChildren) {
  start(8);
  succeed(3, {.min_spare_threads = 1000,
              .max_spare_threads = 2000,
              .max_workers = 2000,
              .threads_per_child = 25,
              .active_children = 16,
              .seats = 16});
  machine.at(100ms, [&] {
    for (int slot = 0; slot < 8; ++slot) machine.end(machine.pid_at(slot));
  });
  run_for(900ms);
  EXPECT_EQ(born(), 11);
}

TEST_F(AGracefulRestart, KeepsTheSpawnRateLowForAWhile) {
  start(1);
  succeed(1);
  machine.every(100ms, 5s, [&] {
    for (const auto& [pid, child] : machine.running()) load(child.place.slot);
  });
  run_for(4500ms);
  EXPECT_EQ(born(), 2 + 4);
}

}  // namespace
}  // namespace mpm
