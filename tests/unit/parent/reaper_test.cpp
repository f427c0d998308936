#include "parent/reaper.hpp"

#include "unit/parent/control_room.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;

constexpr ControlLoop::Ending fatal = {.order = Order::StopGracefully, .cause = Succession::Cause::Fatal};

using TheReaper = RunningControl;

TEST_F(TheReaper, HearsWhatAChildSaidJustBeforeItEnded) {
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

TEST_F(TheReaper, HearsWhatAChildSaidAfterTheEarWasTurnedAway) {
  start(2);
  machine.at(200ms, [&] {
    drain(1);
    machine.in_between([&] {
      machine.say(machine.pid_at(0), Word::Draining);
      machine.end(machine.pid_at(0));
    });
  });
  run_for(900ms);
  EXPECT_THAT(journal.lines(), Contains("draining 0 pid 100 gen 0 active 0/8 total 2/2/8"));
  EXPECT_EQ(journal.count("stopped 0 pid 100 gen 0 active 0/8 total 1/2/8"), 1);
}

TEST_F(TheReaper, ReplacesAChildThatSomebodyElseHasCollected) {
  start(2);
  const int lost = machine.pid_at(0);
  machine.at(200ms, [&] { machine.lose(lost); });
  run_for(900ms);
  EXPECT_FALSE(control->children.find(lost));
  EXPECT_EQ(born(), 3);
}

TEST_F(TheReaper, TakesADepartureOnceHoweverOftenAChildSaysIt) {
  SpawnLimits limits = usual;
  limits.min_spare_threads = 100;
  start(2, limits);
  machine.at(200ms, [&] {
    drain(0);
    machine.say(machine.pid_at(0), Word::Draining);
  });
  run_for(900ms);
  EXPECT_EQ(born(), 3);
}

TEST_F(TheReaper, DoesNotRefillThePlaceOfAChildThatWasLeavingAnyway) {
  start(4);
  machine.at(200ms, [&] { drain(0); });
  machine.at(300ms, [&] { machine.end(machine.pid_at(0), ExitKind::Crashed); });
  run_for(900ms);
  EXPECT_EQ(born(), 4) << "the other three have threads enough";
}

TEST_F(TheReaper, DoesNotHurryToReplaceASickChild) {
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

TEST_F(TheReaper, DoesNotHurryToReplaceAChildThatNeverServed) {
  machine.upbringing([&](int pid) { machine.at(1ms, [&, pid] { machine.end(pid); }); });
  start(2);
  run_for(990ms);
  EXPECT_EQ(born(), 2);
  run_for(1s);
  EXPECT_GT(born(), 2) << "the tick goes on trying";
}

TEST_F(TheReaper, GoesOnAfterASickChildIfOneIsHealthy) {
  machine.upbringing([](int) {});
  start(2);
  load(1);
  machine.at(200ms, [&] { machine.end(machine.pid_at(0), ExitKind::Sick); });
  EXPECT_EQ(run_for(3s).order, Order::Stop);
  EXPECT_EQ(memory.sick_child_seen, 0);
}

TEST_F(TheReaper, GivesUpWhenChildrenFallSickAndNoneWasEverHealthy) {
  machine.upbringing([](int) {});
  start(2);
  machine.at(200ms, [&] { machine.end(machine.pid_at(0), ExitKind::Sick); });
  EXPECT_EQ(control->loop.run(), fatal);
  EXPECT_EQ(machine.passed(), 1s);
  EXPECT_EQ(journal.count("giving up"), 1);
}

TEST_F(TheReaper, EndsWithAFatalChildOfThisGeneration) {
  start(2);
  machine.at(200ms, [&] { machine.end(machine.pid_at(0), ExitKind::Fatal); });
  EXPECT_EQ(control->loop.run(), fatal);
}

TEST_F(TheReaper, GoesOnAfterAFatalChildOfAnOlderGeneration) {
  start(2);
  begin(1);
  control->maintenance.start(2);
  load(2);
  const int old = machine.pid_at(0);
  machine.at(200ms, [&] { machine.end(old, ExitKind::Fatal); });
  EXPECT_EQ(run_for(5s).order, Order::Stop);
  EXPECT_EQ(journal.count("fatal ignored " + std::to_string(old)), 1);
}

TEST_F(TheReaper, GivesModulesTheirOwnProcesses) {
  start(2);
  machine.at(200ms, [&] { machine.end_stranger(5, ExitKind::Fatal, Processes::Claim::Claimed); });
  EXPECT_EQ(run_for(2s).order, Order::Stop);
  EXPECT_EQ(journal.count("unknown 5"), 0);
}

TEST_F(TheReaper, NotesAChildThatNobodyKnows) {
  start(2);
  machine.at(200ms, [&] { machine.end_stranger(5, ExitKind::Clean, Processes::Claim::Unclaimed); });
  run_for(2s);
  EXPECT_EQ(journal.count("unknown 5"), 1);
}

TEST_F(TheReaper, ExpectsStrangersOnAFirstStart) {
  strangers = Reaper::Strangers::Expected;
  start(2);
  machine.at(200ms, [&] { machine.end_stranger(5, ExitKind::Clean, Processes::Claim::Unclaimed); });
  run_for(2s);
  EXPECT_EQ(journal.count("unknown 5"), 0);
}

TEST_F(TheReaper, GoesOnAfterAStrangerHoweverItEnded) {
  start(2);
  machine.at(200ms, [&] { machine.end_stranger(5, ExitKind::Fatal, Processes::Claim::Unclaimed); });
  run_for(2s);
  EXPECT_EQ(total(), 2);
}

TEST_F(TheReaper, ReplacesChildrenWithoutLifelinesByTheTick) {
  machine.without_lifelines();
  machine.upbringing([](int) {});
  start(2);
  machine.at(200ms, [&] { machine.end(machine.pid_at(0)); });
  run_for(1100ms);
  EXPECT_EQ(born(), 3);
}

TEST_F(TheReaper, IsNotKeptBusyByAChildThatOnlyHungUp) {
  start(2);
  machine.at(200ms, [&] { machine.hang_up(machine.pid_at(0)); });
  run_for(900ms);
  EXPECT_LE(machine.sleeps(), 30);
  EXPECT_GE(machine.sleeps(), 10) << "it looks again soon, a few times";
  EXPECT_EQ(total(), 2);
  EXPECT_EQ(machine.open_lifelines().size(), 1U);
}

TEST_F(TheReaper, ClosesTheLifelinesOfTheDead) {
  start(2);
  machine.every(100ms, 5s, [&] { machine.end(machine.running().begin()->first); });
  run_for(5s);
  EXPECT_EQ(machine.open_lifelines().size(), machine.running().size());
}
}  // namespace
}  // namespace mpm
