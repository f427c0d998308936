#include "mpm/policy/eviction.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

TEST(Eviction, HelpsWhenWorkWaitsAndNoWorkerIsIdle) {
  EXPECT_TRUE(EvictionPolicy::helps({.waiting = 1, .idle = 0, .draining = false}));
}

TEST(Eviction, DoesNotHelpWhileAWorkerIsIdle) {
  EXPECT_FALSE(EvictionPolicy::helps({.waiting = 5, .idle = 1, .draining = false}));
}

TEST(Eviction, DoesNotHelpWhenNothingWaits) {
  EXPECT_FALSE(EvictionPolicy::helps({.waiting = 0, .idle = 0, .draining = false}));
}

TEST(Eviction, AlwaysHelpsAChildThatDrains) {
  EXPECT_TRUE(EvictionPolicy::helps({.waiting = 0, .idle = 10, .draining = true}));
}

TEST(Eviction, SparesAConnectionForAMoment) {
  constexpr Instant noon{12h};
  EXPECT_EQ(EvictionPolicy::quiet_from(noon), noon + 100ms);
}

}  // namespace
}  // namespace mpm
