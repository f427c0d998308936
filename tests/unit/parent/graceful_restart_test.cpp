#include "unit/parent/control_room.hpp"

#include "parent/succession.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;

class AGracefulRestart : public RunningControl {
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

TEST_F(AGracefulRestart, KnowsWhetherTheOldChildrenAreRelieved) {
  start(3);
  succeed(0);
  EXPECT_FALSE(control->predecessors.relieved()) << "the next order came before anybody was started";
  control->maintenance.start(1);
  EXPECT_TRUE(control->predecessors.relieved());
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
  int asked = 0;
  machine.at(1ms, [&] { asked = old_pods[0].graceful(); });
  run_for(10ms);
  EXPECT_EQ(asked, 8);
}

TEST_F(AGracefulRestart, DismissesTheOldChildrenAtOnceIfSomeNewOnesFindNoSeat) {
  start(7);
  machine.upbringing([](int) {});
  succeed(3);
  EXPECT_EQ(born(), 8);
  int asked = 0;
  machine.at(1ms, [&] { asked = old_pods[0].graceful(); });
  run_for(20ms);
  EXPECT_EQ(asked, 7);
}

TEST_F(AGracefulRestart, LetsTheOldChildrenServeOnIfTheLastSeatsWereJustEnough) {
  start(5);
  machine.upbringing([](int) {});
  succeed(3);
  EXPECT_EQ(born(), 8);
  run_for(900ms);
  EXPECT_EQ(old_pods[0].graceful(), 0);
}

TEST_F(AGracefulRestart, StartsNoMoreThanMayBeActive) {
  SpawnLimits limits = usual;
  limits.active_limit = 2;
  start(8);
  succeed(3, limits);
  for (const int slot : {1, 2, 3, 4, 5})
    machine.at(slot * 100ms, [&, slot] { machine.end(machine.pid_at(slot)); });
  run_for(900ms);
  EXPECT_EQ(active(), 2);
}

TEST_F(AGracefulRestart, KeepsTheOldChildrenWhileNoNewOneCanBeForked) {
  start(3);
  machine.refuse_forks(Status{11});
  succeed(3);
  machine.at(4500ms, [&] { machine.allow_forks(); });
  int asked_early = -1;
  machine.at(4400ms, [&] { asked_early = old_pods[0].graceful(); });
  run_for(5600ms);
  EXPECT_EQ(asked_early, 0);
  EXPECT_EQ(active(), 3);
  EXPECT_EQ(old_pods[0].graceful(), 3);
}

TEST_F(AGracefulRestart, KeepsTheOldChildrenWhileEachNewOneFallsSick) {
  start(3);
  machine.upbringing([&](int pid) {
    machine.say(pid, Word::Ailing);
    machine.at(machine.passed() + 5ms, [&, pid] { machine.end(pid, ExitKind::Sick); });
  });
  succeed(3);
  machine.at(4500ms, [&] { machine.upbringing([&](int pid) { machine.say(pid, Word::Serving); }); });
  int asked_early = -1;
  machine.at(4400ms, [&] { asked_early = old_pods[0].graceful(); });
  run_for(6500ms);
  EXPECT_EQ(asked_early, 0);
  EXPECT_EQ(old_pods[0].graceful(), 3);
}

TEST_F(AGracefulRestart, DismissesTheOldChildrenInTheEndBecauseTheyMayHoldWhatANewOneNeeds) {
  start(3);
  machine.refuse_forks(Status{11});
  succeed(3);
  run_for(10100ms);
  EXPECT_EQ(old_pods[0].graceful(), 3);
}

TEST_F(AGracefulRestart, GivesABucketItsFirstNewChildWhenAnOldOneLeavesASeat) {
  SpawnLimits limits = usual;
  limits.buckets = 2;
  limits.server_limit = 4;
  start(4, limits);
  machine.end(machine.pid_at(1));
  static_cast<void>(machine.next_death());
  machine.close_lifeline(control->children.died(1));
  succeed(1, limits);  // in seat 1: bucket 0 has none
  machine.at(200ms, [&] { machine.end(machine.pid_at(2)); });
  run_for(900ms);
  EXPECT_EQ(machine.births_until(199ms), 5);
  EXPECT_EQ(machine.births_until(201ms), 6);
  EXPECT_EQ(machine.births().back().slot, 2);
}

TEST_F(AGracefulRestart, FillsEachSeatAsSoonAsAnOldChildLeavesIt) {
  machine.when_asked_for_row(std::nullopt);
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
              .active_limit = 16,
              .server_limit = 16});
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
