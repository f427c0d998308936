#include "mpm/policy/linger.hpp"

#include "unit/policy/noon.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

TEST(Lingering, LastsThirtySecondsOrTwo) {
  EXPECT_EQ(linger_time(Linger::Normal), 30s);
  EXPECT_EQ(linger_time(Linger::Short), 2s);
}

TEST(Hurried, ADeadlineComesForwardToAShortLingerFromNow) { EXPECT_EQ(hurried(noon + 30s, noon), noon + 2s); }

TEST(Hurried, ADeadlineNeverGoesBack) {
  EXPECT_EQ(hurried(noon + 1s, noon), noon + 1s);
  EXPECT_EQ(hurried(noon - 1s, noon), noon - 1s);
}

TEST(Hurried, ADeadlineStaysWhenItIsHurriedAgain) {
  const Instant once = hurried(noon + 30s, noon);
  EXPECT_EQ(hurried(once, noon + 1s), once);
}

}  // namespace
}  // namespace mpm
