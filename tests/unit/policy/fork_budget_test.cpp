#include "unit/policy/noon.hpp"

#include "mpm/policy/spawn_policy.hpp"

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

TEST(ForkBudget, HasABurstOf32) {
  ForkBudget budget;
  EXPECT_EQ(budget.draw(100, noon), 32);
  EXPECT_EQ(budget.draw(1, noon), 0);
}

TEST(ForkBudget, GivesNoMoreThanIsWanted) {
  ForkBudget budget;
  EXPECT_EQ(budget.draw(2, noon), 2);
  EXPECT_EQ(budget.draw(0, noon), 0);
  EXPECT_EQ(budget.draw(100, noon), 30);
}

TEST(ForkBudget, Allows128ASecondInTheLongRun) {
  ForkBudget budget;
  int drawn = 0;
  for (Duration passed{}; passed <= 10s; passed += 1ms) drawn += budget.draw(5, noon + passed);
  EXPECT_GE(drawn, 32 + 1270);
  EXPECT_LE(drawn, 32 + 1290);
}

TEST(ForkBudget, SaysWhenTheNextOneCanBeDrawn) {
  ForkBudget budget;
  static_cast<void>(budget.draw(32, noon));
  const Instant next = budget.next();
  EXPECT_GT(next, noon);
  EXPECT_EQ(budget.draw(1, next - 1us), 0);
  EXPECT_EQ(budget.draw(1, next), 1);
}

TEST(ForkBudget, IsFullAgainAfterARest) {
  ForkBudget budget;
  static_cast<void>(budget.draw(32, noon));
  EXPECT_EQ(budget.draw(100, noon + 1h), 32);
}

}  // namespace
}  // namespace mpm
