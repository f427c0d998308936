#include "mpm/policy/turn.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

TEST(ATurn, IsOverAfterAQuarterOfAMillisecond) {
  constexpr Instant taken{12h};
  EXPECT_FALSE(has_had_its_turn(taken, taken));
  EXPECT_FALSE(has_had_its_turn(taken, taken + 249us));
  EXPECT_TRUE(has_had_its_turn(taken, taken + 250us));
}

}  // namespace
}  // namespace mpm
