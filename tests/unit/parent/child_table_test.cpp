#include "parent/child_table.hpp"

#include "unit/parent/control_room.hpp"

namespace mpm {
namespace {

using ::testing::ElementsAre;

class ChildTableOf8 : public ControlRoom {
 protected:
  void bear(int slot, int pid) {
    control->children.born({.slot = slot, .number = slot},
                           {.status = Status::ok(), .pid = pid, .lifeline = 1000 + pid});
  }
  ChildTable& table() { return control->children; }
};

TEST_F(ChildTableOf8, ShowsAChildInTheScoreboardFromBirthToDeath) {
  begin(3);
  bear(2, 77);
  EXPECT_EQ(records[2].pid, 77);
  EXPECT_EQ(records[2].generation, 3);
  EXPECT_EQ(table().died(2), 1077) << "the lifeline is the caller's to close";
  EXPECT_THAT(records.gone(), ElementsAre(FakeChildRecords::Gone{2, 77, 3}));
  EXPECT_FALSE(table().seat(2).taken());
}

TEST_F(ChildTableOf8, NamesTheDeadByItsOwnBooksNotByTheScoreboard) {
  begin();
  bear(0, 77);
  records[0].pid = 1;  // what a child that was taken over might write
  static_cast<void>(table().died(0));
  EXPECT_THAT(records.gone(), ElementsAre(FakeChildRecords::Gone{0, 77, 0}));
}

TEST_F(ChildTableOf8, TellsTheJournalWhoAndHowMany) {
  begin();
  bear(0, 77);
  bear(1, 78);
  table().draining(0);
  static_cast<void>(table().died(0));
  static_cast<void>(table().died(1));
  EXPECT_THAT(journal.lines(), ElementsAre("started 0 pid 77 gen 0 active 1/8 total 1/1/8",
                                           "started 1 pid 78 gen 0 active 2/8 total 2/2/8",
                                           "draining 0 pid 77 gen 0 active 1/8 total 2/2/8",
                                           "stopped 0 pid 77 gen 0 active 1/8 total 1/2/8",
                                           "stopped suddenly 1 pid 78 gen 0 active 0/8 total 0/0/8"));
}

TEST_F(ChildTableOf8, CountsADrainingChildAsNoLongerActive) {
  begin();
  bear(0, 77);
  bear(1, 78);
  table().draining(1);
  table().draining(1);
  EXPECT_EQ(active(), 1);
  EXPECT_EQ(total(), 2);
  EXPECT_TRUE(records[1].draining_seen);
  EXPECT_EQ(journal.lines().size(), 3U) << "two births, and one word on draining";
}

TEST_F(ChildTableOf8, CountsAnOlderGenerationInTheTotalOnly) {
  begin(0);
  bear(0, 77);
  begin(1);
  bear(1, 78);
  EXPECT_EQ(active(), 1);
  EXPECT_EQ(total(), 2);
  EXPECT_EQ(table().count_older(), 1);
  EXPECT_EQ(table().count(), 2);
}

TEST_F(ChildTableOf8, KnowsItsChildrenAfterAReload) {
  begin(0);
  bear(5, 77);
  begin(1);
  EXPECT_EQ(table().find(77), 5);
  EXPECT_EQ(memory.seats_used, 6);
}

TEST_F(ChildTableOf8, FindsNobodyByAPidThatIsNotAChilds) {
  begin();
  bear(0, 77);
  EXPECT_EQ(table().find(78), std::nullopt);
  EXPECT_EQ(table().find(0), std::nullopt);
}

TEST_F(ChildTableOf8, GivesTheLowestFreeSeatOfABucket) {
  SpawnLimits two_buckets = usual;
  two_buckets.buckets = 2;
  begin(0, two_buckets);
  EXPECT_EQ(table().free_seat(1), 1);
  bear(1, 77);
  EXPECT_EQ(table().free_seat(1), 3);
  EXPECT_EQ(table().free_seat(0), 0);
  for (const int slot : {3, 5, 7}) bear(slot, 100 + slot);
  EXPECT_EQ(table().free_seat(1), std::nullopt);
}

TEST_F(ChildTableOf8, TakesTheBucketFromTheSeatAlone) {
  SpawnLimits three_buckets = usual;
  three_buckets.buckets = 3;
  begin(0, three_buckets);
  for (int slot = 0; slot < 8; ++slot) EXPECT_EQ(table().place_at(slot).bucket, slot % 3);
}

TEST_F(ChildTableOf8, ListsTheLifelinesBySeat) {
  begin();
  bear(0, 77);
  bear(2, 78);
  EXPECT_THAT(table().lifelines(), ElementsAre(1077, -1, 1078));
  EXPECT_EQ(table().hang_up(2), 1078);
  EXPECT_THAT(table().lifelines(), ElementsAre(1077, -1, -1));
}

TEST_F(ChildTableOf8, ForgetsUnusedSeatsAtTheEnd) {
  begin();
  bear(0, 77);
  bear(3, 78);
  static_cast<void>(table().died(3));
  EXPECT_EQ(memory.seats_used, 1);
}

class TheCensus : public ChildTableOf8 {};

TEST_F(TheCensus, CountsIdleAndBusyThreadsAndFreeSeats) {
  begin();
  bear(0, 77);
  bear(1, 78);
  records[0].threads = {.idle = 10, .active = 25};
  records[1].threads = {.idle = 25, .active = 5};
  EXPECT_EQ(table().census(0), (Census{.idle_threads = 35,
                                       .active_threads = 30,
                                       .free_seats = 6,
                                       .active_children = 2,
                                       .total_children = 2}));
}

TEST_F(TheCensus, CountsWorkersInReserveAsActiveAndThoseWithoutHopeAsMissing) {
  begin();
  bear(0, 77);
  bear(1, 78);
  records[0].threads = {.idle = 21, .reserve = 20, .active = 5};
  records[1].threads = {.active = 4, .vacant = 21};
  EXPECT_EQ(table().census(0), (Census{.idle_threads = 42,
                                       .active_threads = 29,
                                       .missing_threads = 21,
                                       .free_seats = 6,
                                       .active_children = 2,
                                       .total_children = 2}));
  table().draining(0);
  table().draining(1);
  EXPECT_EQ(table().census(0).active_threads, 9) << "who finishes grows no more";
  EXPECT_EQ(table().census(0).missing_threads, 0);
}

TEST_F(TheCensus, CountsTheSeatsOfWhoFinishesOrIsAboutTo) {
  SpawnLimits two_buckets = usual;
  two_buckets.buckets = 2;
  begin(0, two_buckets);
  bear(0, 77);
  bear(1, 78);
  begin(1, two_buckets);
  bear(2, 79);
  bear(4, 80);
  table().draining(4);
  EXPECT_EQ(table().census(0).held_seats, 2) << "those of pid 77 and 80";
  EXPECT_EQ(table().census(1).held_seats, 1);
}

TEST_F(TheCensus, CountsNoIdleThreadsOfWhoTakesNoMoreConnections) {
  begin(0);
  bear(0, 77);
  begin(1);
  bear(1, 78);
  bear(2, 79);
  bear(3, 80);
  table().draining(2);
  records[3].accepting = false;
  EXPECT_EQ(table().census(0).idle_threads, 25) << "only those of pid 78";
}

TEST_F(TheCensus, CountsTheBusyThreadsOfEveryGeneration) {
  begin(0);
  bear(0, 77);
  records[0].threads = {.idle = 0, .active = 7};
  begin(1);
  EXPECT_EQ(table().census(0).active_threads, 7);
}

TEST_F(TheCensus, IsOfOneBucketForThreadsAndSeatsOnly) {
  SpawnLimits two_buckets = usual;
  two_buckets.buckets = 2;
  begin(0, two_buckets);
  bear(0, 77);
  bear(1, 78);
  bear(3, 79);
  EXPECT_EQ(table().census(1), (Census{.idle_threads = 50,
                                       .active_threads = 50,
                                       .free_seats = 2,
                                       .active_children = 3,
                                       .total_children = 3}));
}

TEST_F(TheCensus, BelievesTheScoreboardAboutDrainingOnlyFromAChildWithoutALifeline) {
  begin();
  bear(0, 77);
  control->children.born({.slot = 1, .number = 1}, {.status = Status::ok(), .pid = 78, .lifeline = -1});
  records[0].draining = records[1].draining = true;
  table().read_scoreboard(0);
  EXPECT_EQ(table().seat(0).phase, Seat::Phase::Starting);
  EXPECT_EQ(table().seat(1).phase, Seat::Phase::Draining);
}

TEST_F(TheCensus, CountsWorkersWithoutThreadsAsIdleOnlyUntilTheirChildServes) {
  begin();
  bear(0, 77);
  records[0].threads = {.idle = 4, .active = 4, .vacant = 21};
  EXPECT_EQ(table().census(0).idle_threads, 25);
  table().serving(0);
  EXPECT_EQ(table().census(0).idle_threads, 4);
}

TEST_F(TheCensus, CountsWorkersWithoutThreadsOfAChildWithoutALifelineAsIdleOnlyUntilItHasAThread) {
  begin();
  control->children.born({.slot = 0, .number = 0}, {.status = Status::ok(), .pid = 77, .lifeline = -1});
  records[0].threads = {.idle = 0, .active = 0, .vacant = 25};
  EXPECT_EQ(table().census(0).idle_threads, 25);
  records[0].threads = {.idle = 4, .active = 4, .vacant = 21};
  table().read_scoreboard(0);
  EXPECT_EQ(table().census(0).idle_threads, 4);
}

TEST_F(TheCensus, SeesAHealthyChildOnceAllItsThreadsAreUp) {
  begin();
  bear(0, 77);
  records[0].threads = {.idle = 25, .active = 24};
  table().read_scoreboard(0);
  EXPECT_FALSE(table().healthy_child_seen());
  records[0].threads.active = 25;
  table().read_scoreboard(0);
  EXPECT_TRUE(table().healthy_child_seen());
}

}  // namespace
}  // namespace mpm
