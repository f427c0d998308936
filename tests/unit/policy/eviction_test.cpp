#include "mpm/policy/eviction.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

struct Eviction : testing::Test {
  void see(int waiting, int idle) { policy.look({.waiting = waiting, .idle = idle, .draining = false}, now); }

  Instant now{12h};
  EvictionPolicy policy;
};

TEST_F(Eviction, IsAllowedWhenNobodyHasBeenIdleForLongWhileWorkWaits) {
  see(1, 0);
  now += EvictionPolicy::endurance;
  see(1, 0);
  EXPECT_TRUE(policy.may_evict(now));
}

TEST_F(Eviction, IsNotAllowedInABurst) {
  see(1, 0);
  now += EvictionPolicy::endurance - 1us;
  see(1, 0);
  EXPECT_FALSE(policy.may_evict(now));
}

TEST_F(Eviction, IsNotAllowedIfAWorkerWasIdleInBetween) {
  see(1, 0);
  now += EvictionPolicy::endurance;
  see(5, 1);
  EXPECT_FALSE(policy.may_evict(now));
  see(1, 0);
  EXPECT_FALSE(policy.may_evict(now));
}

TEST_F(Eviction, IsNotAllowedIfNothingWaitedInBetween) {
  see(1, 0);
  now += EvictionPolicy::endurance;
  see(0, 0);
  EXPECT_FALSE(policy.may_evict(now));
}

TEST_F(Eviction, IsAllowedAtOnceInAChildThatDrains) {
  policy.look({.waiting = 0, .idle = 10, .draining = true}, now);
  EXPECT_TRUE(policy.may_evict(now));
}

TEST_F(Eviction, IsDueWhenThePressureHasLastedAndTheOldestIsQuiet) {
  see(1, 0);
  EXPECT_EQ(policy.next(now - 10s), now + EvictionPolicy::endurance);
  EXPECT_EQ(policy.next(now + 1s), now + 1s + EvictionPolicy::quiet_time);
}

TEST_F(Eviction, IsNeverDueWithoutPressureOrWithoutConnections) {
  see(0, 3);
  EXPECT_EQ(policy.next(now), std::nullopt);
  see(1, 0);
  EXPECT_EQ(policy.next(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace mpm
