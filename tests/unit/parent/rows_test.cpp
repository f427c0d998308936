#include "unit/parent/control_room.hpp"

#include <set>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Two rows, and children whose last requests take long.
class TheRowsOfTheScoreboard : public RunningControl {
 protected:
  static constexpr SpawnLimits two_rows = {.min_spare_threads = 25,
                                           .max_spare_threads = 100,
                                           .max_workers = 50,
                                           .threads_per_child = 25,
                                           .active_limit = 2,
                                           .server_limit = 2,
                                           .buckets = 1};

  /// Every child of the generation before begins to drain, and the next one starts.
  void succeed(int generation, int children = 1) {
    begin(generation, two_rows);
    old_pods[0].when_asked([this, generation](int, DeathPipe::Request) {
      for (int slot = 0; slot < 2; ++slot)
        if (seats[static_cast<std::size_t>(slot)].taken() && generation_at(slot) < generation) drain(slot);
    });
    control->maintenance.start(children);
  }
  [[nodiscard]] int generation_at(int slot) { return seats[static_cast<std::size_t>(slot)].generation; }
  [[nodiscard]] int living() const { return static_cast<int>(machine.running().size()); }
};

TEST_F(TheRowsOfTheScoreboard, GoToANewGenerationWhileTheOldOneStillWorks) {
  start(2, two_rows);
  succeed(1);
  run_for(10ms);
  EXPECT_EQ(born(), 3);
  EXPECT_EQ(living(), 3);
  EXPECT_EQ(active(), 1);
  EXPECT_EQ(generation_at(0), 1);
  EXPECT_THAT(machine.asked_for_row(), ElementsAre(100)) << "one was wanted";
  EXPECT_THAT(records.given_up(), ElementsAre(FakeChildRecords::Gone{0, 100, 0}));
}

TEST_F(TheRowsOfTheScoreboard, AreAskedForFromTheOldestGenerationFirst) {
  start(1, two_rows);
  succeed(1);
  run_for(10ms);
  EXPECT_THAT(machine.asked_for_row(), IsEmpty()) << "there was a free one";
  succeed(2);
  run_for(10ms);
  EXPECT_THAT(machine.asked_for_row(), ElementsAre(100));
  succeed(3);
  run_for(10ms);
  EXPECT_THAT(machine.asked_for_row(), ElementsAre(100, 101));
}

TEST_F(TheRowsOfTheScoreboard, AreGivenUpByAsManyChildrenAsThereAreRowsAndNotByMore) {
  start(2, two_rows);
  for (int generation = 1; generation <= 4; ++generation) {
    succeed(generation);
    run_for(1100ms);
  }
  EXPECT_EQ(living(), 4);
  EXPECT_THAT(machine.asked_for_row(), SizeIs(2));
  EXPECT_GT(journal.count("scoreboard full"), 0);
}

TEST_F(TheRowsOfTheScoreboard, AreNotFreedByAWordThatNobodyAskedFor) {
  start(2, two_rows);
  run_for(10ms);
  machine.say(100, Word::GaveUpRow);
  machine.say(101, Word::KeepsRow);
  run_for(10ms);
  EXPECT_THAT(records.given_up(), IsEmpty());
  EXPECT_EQ(active(), 2);
}

TEST_F(TheRowsOfTheScoreboard, StayWithAChildThatCannotDoWithoutAndIsNotAskedAgain) {
  machine.when_asked_for_row(Word::KeepsRow);
  start(2, two_rows);
  succeed(1, 2);
  run_for(3s);
  EXPECT_THAT(machine.asked_for_row(), ElementsAre(100, 101));
  EXPECT_EQ(living(), 2);
  EXPECT_GT(journal.count("scoreboard full"), 0);
}

TEST_F(TheRowsOfTheScoreboard, AreAskedForOnceWhileTheAnswerIsOnItsWay) {
  machine.when_asked_for_row(std::nullopt);
  start(2, two_rows);
  succeed(1);
  run_for(900ms);
  EXPECT_THAT(machine.asked_for_row(), ElementsAre(100));
}

TEST_F(TheRowsOfTheScoreboard, AreAskedForFromTheNextChildWhenOneDoesNotAnswer) {
  machine.when_asked_for_row(std::nullopt);
  start(2, two_rows);
  succeed(1);
  machine.at(500ms, [&] { machine.when_asked_for_row(Word::GaveUpRow); });
  run_for(4s);
  EXPECT_THAT(machine.asked_for_row(), ElementsAre(100, 101));
  EXPECT_EQ(active(), 1);
}

TEST_F(TheRowsOfTheScoreboard, HaveAChildWithANumberOfItsOwnWhileTheOneBeforeLives) {
  start(1, two_rows);
  for (int generation = 1; generation <= 3; ++generation) {
    succeed(generation);
    run_for(10ms);
  }
  std::set<int> numbers;
  for (const auto& [pid, child] : machine.running()) numbers.insert(child.place.number);
  EXPECT_THAT(numbers, SizeIs(static_cast<std::size_t>(living())));
}

TEST_F(TheRowsOfTheScoreboard, AreNotTouchedByTheEndOfAChildThatGaveItsOwnUp) {
  start(2, two_rows);
  succeed(1);
  run_for(10ms);
  machine.end(100);
  run_for(10ms);
  EXPECT_THAT(records.gone(), ElementsAre(FakeChildRecords::Gone{-1, 100, 0}));
  EXPECT_EQ(records[0].pid, 102);
  EXPECT_EQ(active(), 1);
  EXPECT_EQ(total(), 2);
  EXPECT_THAT(machine.open_lifelines(), SizeIs(2));
}

TEST_F(TheRowsOfTheScoreboard, AreNeededNoMoreToKnowWhoseBucketAChildFellSickIn) {
  start(3, {.min_spare_threads = 50,
            .max_spare_threads = 100,
            .max_workers = 75,
            .threads_per_child = 25,
            .active_limit = 3,
            .server_limit = 3,
            .buckets = 2});
  run_for(10ms);
  drain(0);
  drain(2);
  run_for(10ms);
  ASSERT_THAT(records.given_up(), ElementsAre(FakeChildRecords::Gone{0, 100, 0}));
  rates = {4, 4, 4, 4};
  machine.end(100, ExitKind::Sick);
  run_for(10ms);
  EXPECT_THAT(rates, ElementsAre(1, 4, 4, 4));
}

TEST_F(TheRowsOfTheScoreboard, MayBeHadFromAChildThatHasTakenAllItsConnections) {
  start(2, two_rows);
  run_for(10ms);
  drain(0);
  drain(1);
  run_for(10ms);
  EXPECT_EQ(active(), 1) << "as many as spare threads are missing";
  EXPECT_EQ(living(), 3);
}

TEST_F(TheRowsOfTheScoreboard, AreNotHeldByWhoHasGivenThemUp) {
  SpawnLimits all_spare = two_rows;
  all_spare.min_spare_threads = 50;
  start(2, all_spare);
  run_for(10ms);
  drain(0);
  drain(1);
  machine.at(100ms, [&] {
    for (const int slot : {0, 1}) records[slot].threads = {.active = 20, .vacant = 5};
  });
  run_for(3s);
  EXPECT_EQ(living(), 4);
  EXPECT_EQ(active(), 2);
  EXPECT_EQ(journal.count("scoreboard full"), 0);
  EXPECT_EQ(journal.count("saturated"), 1);
}

TEST_F(TheRowsOfTheScoreboard, ArePassedOnEvenIfTheChildEndsRightAfterItsWord) {
  start(2, two_rows);
  succeed(1);
  machine.when_asked_for_row(std::nullopt);
  machine.at(5ms, [&] {
    machine.say(100, Word::GaveUpRow);
    machine.end(100);
  });
  run_for(20ms);
  EXPECT_EQ(living(), 2);
  EXPECT_EQ(active(), 1);
  EXPECT_EQ(total(), 2);
}

}  // namespace
}  // namespace mpm
