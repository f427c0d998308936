#include "mpm/policy/eviction.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

static_assert(EvictionPolicy::quiet_time == std::chrono::milliseconds{250}, "as documented");

using namespace std::chrono_literals;

struct Eviction : testing::Test {
  void see(bool clients_wait, int idle, int to_be_closed = 0) {
    policy.look({.clients_wait = clients_wait, .idle = idle, .to_be_closed = to_be_closed, .draining = false},
                now);
  }

  Instant now{12h};
  EvictionPolicy policy;
};

TEST_F(Eviction, IsAllowedWhenNobodyHasBeenIdleForLongWhileClientsWait) {
  see(true, 0);
  now += EvictionPolicy::endurance;
  see(true, 0);
  EXPECT_TRUE(policy.may_evict(now));
}

TEST_F(Eviction, IsNotAllowedInABurst) {
  see(true, 0);
  now += EvictionPolicy::endurance - 1us;
  see(true, 0);
  EXPECT_FALSE(policy.may_evict(now));
}

TEST_F(Eviction, IsNotAllowedIfAWorkerWasIdleInBetween) {
  see(true, 0);
  now += EvictionPolicy::endurance;
  see(true, 1);
  EXPECT_FALSE(policy.may_evict(now));
  see(true, 0);
  EXPECT_FALSE(policy.may_evict(now));
}

TEST_F(Eviction, IsNotAllowedIfNoClientWaitedInBetween) {
  see(true, 0);
  now += EvictionPolicy::endurance;
  see(false, 0);
  EXPECT_FALSE(policy.may_evict(now));
}

TEST_F(Eviction, IsAllowedAtOnceInAChildThatDrains) {
  policy.look({.clients_wait = false, .idle = 10, .to_be_closed = 32, .draining = true}, now);
  EXPECT_TRUE(policy.may_evict(now));
}

TEST_F(Eviction, IsNotAllowedWhileTheLastOnesWaitToBeClosed) {
  see(true, 0);
  now += EvictionPolicy::endurance;
  see(true, 0, 1);
  EXPECT_FALSE(policy.may_evict(now));
  EXPECT_EQ(policy.next(now - 10s), now + EvictionPolicy::pace);
  see(true, 0, 0);
  EXPECT_TRUE(policy.may_evict(now));
}

TEST_F(Eviction, IsDueWhenThePressureHasLastedAndTheOldestIsQuiet) {
  see(true, 0);
  EXPECT_EQ(policy.next(now - 10s), now + EvictionPolicy::endurance);
  EXPECT_EQ(policy.next(now + 1s), now + 1s + EvictionPolicy::quiet_time);
}

TEST_F(Eviction, IsNeverDueWithoutPressureOrWithoutConnections) {
  see(false, 3);
  EXPECT_EQ(policy.next(now), std::nullopt);
  see(true, 0);
  EXPECT_EQ(policy.next(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace mpm
