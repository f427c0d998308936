#include "mpm/policy/spawn_policy.hpp"

#include <array>
#include <limits>

#include <gmock/gmock.h>

namespace mpm {
namespace {

constexpr SpawnLimits stock_defaults = {.min_spare_threads = 75,
                                        .max_spare_threads = 250,
                                        .max_workers = 400,
                                        .threads_per_child = 25,
                                        .active_limit = 16,
                                        .server_limit = 16,
                                        .buckets = 1};

/// A server in need: one of 75 spare threads, and much room.
constexpr Census in_need = {
    .idle_threads = 1, .active_threads = 24, .free_seats = 15, .active_children = 1, .total_children = 1};

class Spawning : public ::testing::Test {
 protected:
  SpawnPolicy policy(const SpawnLimits& limits = stock_defaults) { return {limits, rates_, hold_off_}; }

  std::array<int, 4> rates_ = {1, 1, 1, 1};
  int hold_off_ = 0;
};

Decision fork(int children, int rate) { return Fork{.children = children, .rate = rate}; }

TEST_F(Spawning, HoldsWhileSpareThreadsAreBetweenMinAndMax) {
  SpawnPolicy spawn = policy();
  EXPECT_EQ(spawn.at_tick(0, {.idle_threads = 75, .free_seats = 9}), Decision{Hold{}});
  EXPECT_EQ(spawn.at_tick(0, {.idle_threads = 250, .free_seats = 9}), Decision{Hold{}});
}

TEST_F(Spawning, ForksOneForTheFirstSecondOfNeed) { EXPECT_EQ(policy().at_tick(0, in_need), fork(1, 1)); }

TEST_F(Spawning, DoublesWithEachSecondOfNeedUpTo32) {
  SpawnPolicy spawn = policy({.min_spare_threads = 75,
                              .max_workers = 10000,
                              .threads_per_child = 25,
                              .active_limit = 400,
                              .server_limit = 400});
  const Census census = {.idle_threads = 0, .free_seats = 399, .active_children = 1, .total_children = 1};
  for (const int rate : {1, 2, 4, 8, 16, 32, 32}) EXPECT_EQ(spawn.at_tick(0, census), fork(rate, rate));
}

TEST_F(Spawning, CapsTheRateForAllBucketsTogether) {
  SpawnPolicy spawn = policy({.min_spare_threads = 300,
                              .max_workers = 10000,
                              .threads_per_child = 25,
                              .active_limit = 400,
                              .server_limit = 400,
                              .buckets = 4});
  const Census census = {.idle_threads = 0, .free_seats = 99, .active_children = 1, .total_children = 1};
  for (const int rate : {1, 2, 4, 8, 8}) EXPECT_EQ(spawn.at_tick(2, census), fork(rate, rate));
  EXPECT_EQ(rates_[1], 1) << "each bucket has its own rate";
}

TEST_F(Spawning, StartsOverAtOneAfterASecondWithoutNeed) {
  SpawnPolicy spawn = policy();
  static_cast<void>(spawn.at_tick(0, in_need));
  static_cast<void>(spawn.at_tick(0, in_need));
  static_cast<void>(spawn.at_tick(0, {.idle_threads = 100}));
  EXPECT_EQ(spawn.at_tick(0, in_need), fork(1, 1));
}

TEST_F(Spawning, DoesNotDoubleWhileHeldOffAfterARestart) {
  hold_off_ = SpawnPolicy::hold_off_after_restart;
  SpawnPolicy spawn = policy();
  for (int second = 0; second < 10; ++second) EXPECT_EQ(spawn.at_tick(0, in_need), fork(1, 1));
  EXPECT_EQ(spawn.at_tick(0, in_need), fork(1, 1));
  EXPECT_EQ(spawn.at_tick(0, in_need), fork(2, 2));
}

TEST_F(Spawning, StartsOneAtATimeAfterASickChild) {
  rates_[0] = 16;
  SpawnPolicy spawn = policy();
  spawn.slow_down(0);
  EXPECT_EQ(spawn.at_tick(0, in_need), fork(1, 1));
}

TEST_F(Spawning, NeverForksBeyondTheFreeSeats) {
  rates_[0] = 8;
  Census census = in_need;
  census.free_seats = 3;
  EXPECT_EQ(policy().at_tick(0, census), fork(3, 8));
}

TEST_F(Spawning, NeverForksBeyondTheActiveLimit) {
  rates_[0] = 8;
  Census census = in_need;
  census.active_children = 14;
  EXPECT_EQ(policy().at_tick(0, census), fork(2, 8));
}

TEST_F(Spawning, SaysThatTheActiveLimitIsReachedAndSlowsDown) {
  rates_[0] = 8;
  Census census = in_need;
  census.active_children = 16;
  EXPECT_EQ(policy().at_tick(0, census), Decision{ActiveLimitReached{}});
  EXPECT_EQ(rates_[0], 1);
}

TEST_F(Spawning, SaysThatTheScoreboardIsFullWhenThoseWhoFinishHoldTheSeats) {
  rates_[0] = 8;
  Census census = in_need;
  census.free_seats = 0;
  census.held_seats = 15;
  EXPECT_EQ(policy().at_tick(0, census), Decision{ScoreboardFull{}});
  EXPECT_EQ(rates_[0], 1);
}

TEST_F(Spawning, DoesNotCallTheScoreboardFullWhenItIsFullOfActiveChildren) {
  SpawnLimits too_many = stock_defaults;
  too_many.max_workers = 800;  // with 16 rows of 25
  const Census all_up = {.active_threads = 400, .active_children = 16, .total_children = 20};
  EXPECT_EQ(policy(too_many).at_tick(0, all_up), Decision{ActiveLimitReached{}});
}

TEST_F(Spawning, DoesNotCallTheScoreboardFullWhenOneMoreSeatWouldBeOfNoUse) {
  SpawnLimits roomy = stock_defaults;
  roomy.server_limit = 32;
  roomy.buckets = 2;
  // 15 of the 16 serve in the other bucket.
  const Census census = {.active_threads = 25, .held_seats = 15, .active_children = 16, .total_children = 31};
  EXPECT_EQ(policy(roomy).at_tick(0, census), Decision{ActiveLimitReached{}});
}

TEST_F(Spawning, DoesNotCallTheScoreboardFullWhenABucketHasFewRowsOfItsOwn) {
  SpawnLimits odd = stock_defaults;
  odd.max_workers = 125;
  odd.active_limit = odd.server_limit = 5;
  odd.buckets = 2;
  const Census second = {.active_threads = 50, .active_children = 4, .total_children = 4};
  EXPECT_EQ(policy(odd).at_tick(1, second), Decision{ActiveLimitReached{}});
}

TEST_F(Spawning, IsSaturatedWhenAllWorkersThatMayBeAreUp) {
  rates_[0] = 8;
  SpawnPolicy spawn = policy();
  EXPECT_EQ(spawn.at_tick(0, {.idle_threads = 0, .active_threads = 400, .free_seats = 1}),
            Decision{Saturated{Saturated::Left::None}});
  EXPECT_EQ(spawn.at_tick(0, {.idle_threads = 1, .active_threads = 400, .free_seats = 1}),
            Decision{Saturated{Saturated::Left::Some}});
  EXPECT_EQ(rates_[0], 1);
}

TEST_F(Spawning, IsSaturatedBeforeTheLastChildHasItsThreads) {
  rates_[0] = 8;
  SpawnPolicy spawn = policy();
  Census census = {.active_threads = 380, .missing_threads = 20, .active_children = 16, .total_children = 16};
  EXPECT_EQ(spawn.at_tick(0, census), Decision{Saturated{Saturated::Left::None}});
  census.idle_threads = 1;
  EXPECT_EQ(spawn.at_tick(0, census), Decision{Saturated{Saturated::Left::Some}});
  EXPECT_EQ(rates_[0], 1);
}

TEST_F(Spawning, IsSaturatedBeforeTheLastChildHasItsThreadsThoughThereAreSeats) {
  SpawnLimits roomy = stock_defaults;
  roomy.server_limit = 32;
  const Census census = {.active_threads = 380,
                         .missing_threads = 20,
                         .free_seats = 15,
                         .held_seats = 1,
                         .active_children = 16,
                         .total_children = 17};
  EXPECT_EQ(policy(roomy).at_tick(0, census), Decision{Saturated{}});
}

TEST_F(Spawning, IsSaturatedInABucketWhoseChildrenHaveYetToBeginTheirThreads) {
  SpawnLimits limits = stock_defaults;
  limits.buckets = 2;
  // As many more may serve in the other one.
  const Census census = {
      .active_threads = 180, .missing_threads = 20, .active_children = 9, .total_children = 9};
  EXPECT_EQ(policy(limits).at_tick(0, census), Decision{Saturated{}});
}

TEST_F(Spawning, TriesAnotherChildForThreadsThatCannotBeHad) {
  const Census census = {.active_threads = 380,
                         .missing_threads = 20,
                         .free_seats = 1,
                         .active_children = 15,
                         .total_children = 15};
  EXPECT_EQ(policy().at_tick(0, census), fork(1, 1));
  EXPECT_EQ(policy().successors(census, 1), 1);
}

TEST_F(Spawning, GivesEachBucketItsShareOfTheThreads) {
  SpawnLimits limits = stock_defaults;
  limits.buckets = 2;
  SpawnPolicy spawn = policy(limits);
  const Census at_min = {.idle_threads = 37, .free_seats = 7, .active_children = 2, .total_children = 2};
  const Census at_max = {.idle_threads = 126, .free_seats = 7, .active_children = 2, .total_children = 2};
  const Census at_top = {.idle_threads = 0, .active_threads = 200, .free_seats = 7};
  EXPECT_EQ(spawn.at_tick(0, at_min), Decision{Hold{}});
  EXPECT_EQ(spawn.at_tick(0, at_max), Decision{RetireOne{}});
  EXPECT_EQ(spawn.at_tick(0, at_top), Decision{Saturated{}});
}

TEST_F(Spawning, RetiresOneChildWhenMoreThreadsAreSpareThanMayBe) {
  rates_[0] = 4;
  EXPECT_EQ(policy().at_tick(0, {.idle_threads = 251, .active_children = 11, .total_children = 11}),
            Decision{RetireOne{}});
  EXPECT_EQ(rates_[0], 1);
}

TEST_F(Spawning, RetiresNobodyWhileOthersFinishAndSeatsAreShort) {
  EXPECT_EQ(policy().at_tick(0, {.idle_threads = 251, .active_children = 11, .total_children = 12}),
            Decision{RetireLater{}});
}

TEST_F(Spawning, RetiresWhileOthersFinishIfAWholeGenerationWouldFindSeats) {
  SpawnLimits roomy = stock_defaults;
  roomy.server_limit = 30;
  Census census = {.idle_threads = 251, .active_children = 11, .total_children = 13};
  EXPECT_EQ(policy(roomy).at_tick(0, census), Decision{RetireOne{}});
  census.total_children = 14;
  EXPECT_EQ(policy(roomy).at_tick(0, census), Decision{RetireLater{}});
}

TEST_F(Spawning, ReplacesAtOnceOnlyAsManyAsHaveLeft) {
  EXPECT_EQ(policy().successors(in_need, 1), 1);
  EXPECT_EQ(policy().successors(in_need, 2), 2);
}

TEST_F(Spawning, ReplacesAtOnceOnlyAsManyAsSpareThreadsAreMissing) {
  Census census = in_need;
  census.idle_threads = 49;  // 26 missing: two children
  EXPECT_EQ(policy().successors(census, 5), 2);
  census.idle_threads = 75;
  EXPECT_EQ(policy().successors(census, 5), 0);
}

TEST_F(Spawning, ReplacesAtOnceHoweverManySpareThreadsAreAskedFor) {
  SpawnLimits limits = stock_defaults;
  limits.min_spare_threads = std::numeric_limits<int>::max();
  Census census = in_need;
  census.idle_threads = 0;
  EXPECT_EQ(policy(limits).successors(census, 3), 3);
}

TEST_F(Spawning, ReplacesAtOnceWithinSeatsAndLimitsOnly) {
  Census census = in_need;
  census.idle_threads = 0;
  census.free_seats = 1;
  EXPECT_EQ(policy().successors(census, 3), 1);
  census.free_seats = 9;
  census.active_children = 14;
  EXPECT_EQ(policy().successors(census, 3), 2);
  census.active_children = 17;
  EXPECT_EQ(policy().successors(census, 3), 0);
  census.active_children = 1;
  census.active_threads = 400;
  EXPECT_EQ(policy().successors(census, 3), 0);
}

TEST_F(Spawning, DoesNotChangeTheRateWhenItReplacesAtOnce) {
  static_cast<void>(policy().successors(in_need, 5));
  EXPECT_EQ(rates_[0], 1);
}

}  // namespace
}  // namespace mpm
