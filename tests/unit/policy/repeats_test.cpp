#include "mpm/policy/repeats.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

int lines(Repeats& repeats, int times, Instant at) {
  int told = 0;
  for (int i = 0; i < times; ++i) told += repeats.once_more(at) ? 1 : 0;
  return told;
}

TEST(Repeats, TellsOfTheFirstTheTenthAndTheHundredth) {
  for (const int nth : {1, 10, 100, 1000, 1'000'000'000}) EXPECT_TRUE(is_worth_a_line(nth)) << nth;
  for (const int nth : {0, 2, 9, 11, 20, 99, 101, 110, 999}) EXPECT_FALSE(is_worth_a_line(nth)) << nth;
}

TEST(Repeats, AThousandTimesAreFourLines) {
  Repeats repeats;
  EXPECT_EQ(lines(repeats, 1000, Instant{} + 1s), 4);
}

TEST(Repeats, AMinuteWithoutItEndsTheSeries) {
  Repeats repeats;
  const Instant start = Instant{} + 1s;
  EXPECT_EQ(lines(repeats, 5, start), 1);
  EXPECT_EQ(lines(repeats, 1, start + 60s - 1us), 0);
  EXPECT_EQ(lines(repeats, 1, start + 60s - 1us + 59s), 0) << "the minute begins anew each time";
  EXPECT_EQ(lines(repeats, 1, start + 60s - 1us + 59s + 60s), 1);
}

}  // namespace
}  // namespace mpm
