#include "mpm/policy/poll_wait.hpp"

#include "unit/policy/noon.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

TEST(PollWait, IsEndlessWhenNothingIsDue) { EXPECT_EQ(poll_wait(noon, std::nullopt), std::nullopt); }

TEST(PollWait, IsNothingForWhatIsDueNow) {
  EXPECT_EQ(poll_wait(noon, noon), 0ms);
  EXPECT_EQ(poll_wait(noon, noon - 1s), 0ms);
}

TEST(PollWait, IsExactInWholeMilliseconds) {
  EXPECT_EQ(poll_wait(noon, noon + 5ms), 5ms);
  EXPECT_EQ(poll_wait(noon, noon + 1s), 1000ms);
}

TEST(PollWait, IsRoundedUpNeverDown) {
  EXPECT_EQ(poll_wait(noon, noon + 1us), 1ms);
  EXPECT_EQ(poll_wait(noon, noon + 1001us), 2ms);
  EXPECT_EQ(poll_wait(noon, noon + 1999us), 2ms);
}

TEST(PollWait, IsNeverMoreThanAPollerCanCount) {
  EXPECT_EQ(poll_wait(noon, noon + 24h), 24h);
  EXPECT_EQ(poll_wait(noon, noon + 24h + 1us), 24h);
  EXPECT_EQ(poll_wait(noon, noon + 24h * 365), 24h);
  EXPECT_EQ(poll_wait(noon, Instant::max()), 24h);
}

TEST(TheEarlierMoment, IsTheSmallerOfTwo) {
  EXPECT_EQ(earlier(noon, noon + 1s), noon);
  EXPECT_EQ(earlier(noon + 1s, noon), noon);
}

TEST(TheEarlierMoment, IsTheOneThatThereIs) {
  EXPECT_EQ(earlier(noon, std::nullopt), noon);
  EXPECT_EQ(earlier(std::nullopt, noon), noon);
  EXPECT_EQ(earlier(std::nullopt, std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace mpm
