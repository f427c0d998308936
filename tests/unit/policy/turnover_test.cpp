#include "mpm/policy/turnover.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

struct TurnoverTest : testing::Test {
  /// The gate has been held for as long as is patient.
  void lose_patience() {
    static_cast<void>(turnover.held(now));
    now += Turnover::patience;
  }
  std::optional<int> held(Instant at) {
    return turnover.held(at) ? std::optional{turnover.allow(at, earned)} : std::nullopt;
  }
  std::optional<int> at_next_step() {
    now += Turnover::step;
    return held(now);
  }

  Instant now{12h};
  int earned = 100 * Turnover::price;  // in each step
  Turnover turnover;
};

TEST_F(TurnoverTest, IsPatientAtFirst) {
  EXPECT_EQ(held(now), std::nullopt);
  EXPECT_EQ(held(now + Turnover::patience - 1us), std::nullopt);
}

TEST_F(TurnoverTest, AllowsOneLastAnswerThenTwoThenFour) {
  lose_patience();
  EXPECT_EQ(held(now), 1);
  EXPECT_EQ(at_next_step(), 2);
  EXPECT_EQ(at_next_step(), 4);
}

TEST_F(TurnoverTest, AllowsNothingTwiceInOneStep) {
  lose_patience();
  EXPECT_EQ(held(now), 1);
  EXPECT_EQ(held(now + Turnover::step - 1us), std::nullopt);
}

TEST_F(TurnoverTest, NeverAllowsMoreThanItsMost) {
  lose_patience();
  for (int step = 0; step < 10; ++step) static_cast<void>(at_next_step());
  EXPECT_EQ(at_next_step(), Turnover::most);
}

// Each costs a new connection: with no regard to that, hardly anything but handshakes is done with TLS.
TEST_F(TurnoverTest, AllowsNoMoreThanWasEarned) {
  earned = 5 * Turnover::price - 1;
  lose_patience();
  for (int step = 0; step < 10; ++step) static_cast<void>(at_next_step());
  EXPECT_EQ(at_next_step(), 4);
}

TEST_F(TurnoverTest, AllowsOneEvenIfNobodyIsAnswered) {
  earned = 0;
  lose_patience();
  EXPECT_EQ(held(now), 1);
  EXPECT_EQ(at_next_step(), 1);
}

TEST_F(TurnoverTest, NeedsNoPatienceWhenTheGateIsHeldAgainSoon) {
  lose_patience();
  EXPECT_EQ(held(now), 1);
  turnover.open();
  EXPECT_EQ(held(now), std::nullopt);
  EXPECT_EQ(at_next_step(), 1);
}

TEST_F(TurnoverTest, IsPatientAgainAfterTheGateWasOpenForLong) {
  lose_patience();
  EXPECT_EQ(held(now), 1);
  turnover.open();
  now += Turnover::patience;
  EXPECT_EQ(held(now), std::nullopt);
  EXPECT_EQ(at_next_step(), std::nullopt);
  now += Turnover::patience;
  EXPECT_EQ(held(now), 1);
}

TEST_F(TurnoverTest, StaysPatientIfNobodyWasLeftWhenAStepWasDue) {
  lose_patience();
  EXPECT_TRUE(turnover.held(now));
  turnover.open();
  EXPECT_EQ(turnover.next(), std::nullopt);
  EXPECT_EQ(held(now), std::nullopt);
  EXPECT_EQ(turnover.next(), now + Turnover::patience);
}

TEST_F(TurnoverTest, StaysPatientIfTheGateOpensBeforeAnyAnswerWasTheLast) {
  EXPECT_EQ(held(now), std::nullopt);
  now += Turnover::patience / 2;
  turnover.open();
  EXPECT_EQ(held(now), std::nullopt);
  EXPECT_EQ(at_next_step(), std::nullopt);
}

}  // namespace
}  // namespace mpm
