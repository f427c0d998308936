#include "parent/maintenance.hpp"

#include "unit/parent/control_room.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;

using SpareThreads = RunningControl;

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
  records[0].threads = {.idle = 5, .active = 25};
  run_for(5s);
  EXPECT_EQ(journal.count("nearly saturated"), 1);
}

TEST_F(SpareThreads, AreReportedMissingBeforeTheLastChildHasAllItsThreads) {
  start(8);
  for (int slot = 0; slot < 7; ++slot) load(slot);
  records[7].threads = {.idle = 10, .reserve = 10, .active = 15};
  run_for(3s);
  EXPECT_EQ(journal.count("nearly saturated"), 1);
  records[7].threads = {.active = 15, .vacant = 10};
  run_for(3s);
  EXPECT_EQ(journal.count("saturated"), 1);
  EXPECT_EQ(journal.count("scoreboard full"), 0);
  EXPECT_EQ(born(), 8);
}

TEST_F(SpareThreads, CannotBeRaisedWhileFinishingChildrenHoldTheSeats) {
  machine.when_asked_for_row(Word::KeepsRow);
  start(8);
  for (int slot = 0; slot < 8; ++slot) drain(slot);
  run_for(10s);
  EXPECT_THAT(machine.asked_for_row(), ::testing::SizeIs(8));
  EXPECT_GT(journal.count("scoreboard full"), 1);
  EXPECT_EQ(active(), 0);
}

// Nobody else accepts from that bucket's sockets.
TEST_F(SpareThreads, OfOneBucketLeaveAPlaceForTheFirstChildOfAnother) {
  SpawnLimits limits = usual;
  limits.buckets = 2;
  limits.active_limit = 2;
  start(2, limits);
  load(0);
  machine.at(100ms, [&] {
    machine.refuse_forks(Status{11});
    machine.end(machine.pid_at(1));
  });
  machine.at(900ms, [&] { machine.allow_forks(); });
  run_for(5s);
  EXPECT_EQ(active(), 2);
  EXPECT_EQ(control->children.active_in(1), 1);
}

TEST_F(SpareThreads, OfOneBucketLeaveThatPlaceWhileOldChildrenHoldTheSeatsOfTheOther) {
  SpawnLimits limits = usual;
  limits.buckets = 2;
  limits.server_limit = 4;
  start(4, limits);
  limits.active_limit = 2;
  begin(1, limits);
  control->maintenance.start(2);
  machine.at(100ms, [&] {
    machine.end(machine.pid_at(0));
    machine.end(machine.pid_at(2));
  });
  int in_the_first = 0;
  machine.at(3s, [&] {
    in_the_first = control->children.active_in(0);
    machine.end(machine.pid_at(1));
  });
  run_for(5s);
  EXPECT_EQ(in_the_first, 1);
  EXPECT_EQ(control->children.active_in(1), 1);
}

TEST_F(SpareThreads, OfOneBucketDoNotTakeThePlaceOfAChildOfAnotherThatCrashes) {
  SpawnLimits limits = usual;
  limits.buckets = 2;
  limits.active_limit = 4;
  start(2, limits);
  for (const int bucket : {0, 1}) ASSERT_EQ(control->nursery.fork_in_bucket(bucket, 1), 1);
  for (const int slot : {0, 1, 2, 3}) load(slot);
  machine.at(99ms, [&] { machine.refuse_forks(Status{11}); });
  machine.at(100ms, [&] { drain(2); });
  machine.at(200ms, [&] { machine.allow_forks(); });
  machine.at(700ms, [&] {
    ASSERT_EQ(control->nursery.fork_in_bucket(1, 1), 1);
    load(5);
  });
  machine.at(800ms, [&] {
    machine.end(machine.pid_at(2));
    machine.end(machine.pid_at(3), ExitKind::Crashed);
  });
  machine.at(900ms, [&] { EXPECT_EQ(active(), 4); });
  run_for(950ms);
}

TEST_F(SpareThreads, ForWhichABucketHasSeatsCostNobodyThereARow) {
  SpawnLimits limits = usual;
  limits.buckets = 2;
  start(2, limits);
  for (const int bucket : {0, 0, 0, 1}) ASSERT_EQ(control->nursery.fork_in_bucket(bucket, 1), 1);
  machine.when_asked_for_row(Word::KeepsRow);
  limits.active_limit = 2;
  begin(1, limits);
  control->maintenance.start(2);
  machine.at(100ms, [&] {
    for (const int slot : {0, 1, 2, 3, 4, 6}) drain(slot);
  });
  run_for(3s);
  EXPECT_FALSE(machine.asked_for_row().empty());
  for (const int pid : machine.asked_for_row()) EXPECT_EQ(machine.running().at(pid).place.bucket, 0);
}

TEST_F(SpareThreads, AreNotRaisedAboveTheActiveLimit) {
  SpawnLimits limits = usual;
  limits.active_limit = 2;
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
}  // namespace
}  // namespace mpm
