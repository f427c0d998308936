#include "mpm/policy/retirement.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

TEST(AWorkerOfADrainingChild, IsSurplusBeyondOneForEachConnection) {
  EXPECT_TRUE(may_retire(5, 4));
  EXPECT_FALSE(may_retire(4, 4));
  EXPECT_FALSE(may_retire(3, 4));
}

TEST(AWorkerOfADrainingChild, IsSurplusWithoutConnections) { EXPECT_TRUE(may_retire(1, 0)); }

TEST(AWorkerOfADrainingChild, StaysWhileThereIsAConnectionForIt) { EXPECT_FALSE(may_retire(1, 1)); }

}  // namespace
}  // namespace mpm
