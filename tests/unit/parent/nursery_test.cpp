#include "parent/nursery.hpp"

#include "unit/parent/control_room.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;

class TheNursery : public ControlRoom {
 protected:
  [[nodiscard]] std::vector<int> slots() const {
    std::vector<int> taken;
    for (const Place& place : machine.births()) taken.push_back(place.slot);
    return taken;
  }
  Nursery& nursery() { return control->nursery; }
};

using ::testing::ElementsAre;

TEST_F(TheNursery, FillsTheFreeSeatsOfABucketInOrder) {
  SpawnLimits limits = usual;
  limits.buckets = 2;
  begin(0, limits);
  EXPECT_EQ(nursery().fork_in_bucket(1, 3), 3);
  EXPECT_THAT(slots(), ElementsAre(1, 3, 5));
  for (const Place& place : machine.births()) EXPECT_EQ(place.bucket, 1);
}

TEST_F(TheNursery, StopsWhenTheSeatsAreTaken) {
  begin();
  EXPECT_EQ(nursery().fork_in_bucket(0, 99), 8);
  EXPECT_EQ(nursery().fork_in_bucket(0, 1), 0);
  EXPECT_EQ(nursery().fork_anywhere(1), 0);
}

TEST_F(TheNursery, SpreadsChildrenOverTheBuckets) {
  SpawnLimits limits = usual;
  limits.buckets = 3;
  begin(0, limits);
  EXPECT_EQ(nursery().fork_anywhere(4), 4);
  EXPECT_THAT(slots(), ElementsAre(0, 1, 2, 3));
}

TEST_F(TheNursery, PrefersTheBucketWithTheFewestOfThisGeneration) {
  SpawnLimits limits = usual;
  limits.buckets = 2;
  begin(0, limits);
  nursery().fork_in_bucket(0, 2);  // seats 0 and 2, old when the next generation begins
  begin(1, limits);
  nursery().fork_anywhere(2);
  EXPECT_THAT(slots(), ElementsAre(0, 2, 4, 1)) << "both buckets have one new child, not bucket 1 two";
}

TEST_F(TheNursery, UsesAnotherBucketIfTheEmptiestHasNoSeat) {
  SpawnLimits limits = usual;
  limits.buckets = 2;
  limits.server_limit = 3;
  begin(0, limits);
  EXPECT_EQ(nursery().fork_anywhere(3), 3);
  EXPECT_THAT(slots(), ElementsAre(0, 1, 2));
  begin(1, limits);
  machine.end(machine.pid_at(2));
  static_cast<void>(control->children.died(2));
  EXPECT_EQ(nursery().fork_anywhere(2), 1);
}

TEST_F(TheNursery, TriesNoForkForHalfASecondAfterOneFailed) {
  begin();
  machine.refuse_forks(Status{11});
  EXPECT_EQ(nursery().fork_anywhere(3), 0);
  EXPECT_THAT(journal.lines(), ElementsAre("fork failed 11"));

  machine.allow_forks();
  machine.pass(500ms - 1us);
  EXPECT_EQ(nursery().fork_in_bucket(0, 1), 0);
  EXPECT_EQ(journal.lines().size(), 1U) << "not even a word";
  machine.pass(1us);
  EXPECT_EQ(nursery().fork_in_bucket(0, 1), 1);
}

TEST_F(TheNursery, TellsOfForksThatFailByTheFirstTheTenthAndTheHundredth) {
  begin();
  machine.refuse_forks(Status{11});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(nursery().fork_anywhere(1), 0);
    machine.pass(Nursery::rest_after_failure);
  }
  EXPECT_EQ(journal.lines().size(), 3U);
}

TEST_F(TheNursery, KeepsWhatWasBornBeforeTheForkThatFailed) {
  begin();
  int born = 0;
  machine.upbringing([&](int) {
    if (++born == 2) machine.refuse_forks(Status{12});
  });
  EXPECT_EQ(nursery().fork_anywhere(5), 2);
  EXPECT_EQ(total(), 2);
}

}  // namespace
}  // namespace mpm
