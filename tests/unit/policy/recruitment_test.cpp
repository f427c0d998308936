#include "mpm/policy/recruitment.hpp"

#include "unit/policy/noon.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

TEST(RecruitmentAtOnce, StartsWhoCanRunAndTwoMore) {
  EXPECT_EQ(Recruitment::at_once(64, 8), 10);
  EXPECT_EQ(Recruitment::at_once(64, 1), 4);
}

TEST(RecruitmentAtOnce, StartsNoMoreThanThereAre) { EXPECT_EQ(Recruitment::at_once(3, 8), 3); }

struct RecruitmentTest : testing::Test {
  int next(bool calm) {
    now = recruitment.next();
    return recruitment.due(calm, now);
  }

  Instant now = noon;
  Recruitment recruitment{noon};
};

TEST_F(RecruitmentTest, StartsNobodyBeforeTheFirstStep) {
  EXPECT_EQ(recruitment.next(), noon + Recruitment::step);
  EXPECT_EQ(recruitment.due(true, noon + Recruitment::step - 1us), 0);
}

TEST_F(RecruitmentTest, StartsTwiceAsManyAtEachStepWhileTheChildIsCalm) {
  EXPECT_EQ(next(true), 1);
  EXPECT_EQ(recruitment.next(), now + Recruitment::step);
  EXPECT_EQ(next(true), 2);
  EXPECT_EQ(next(true), 4);
}

TEST_F(RecruitmentTest, StartsNoMoreThanSomeDozensAtAStep) {
  for (int i = 0; i < 40; ++i) static_cast<void>(next(true));
  EXPECT_EQ(next(true), 64);
}

TEST_F(RecruitmentTest, StartsOneNowAndThenWhileTheChildIsBusy) {
  EXPECT_EQ(next(false), 1);
  EXPECT_EQ(recruitment.next(), now + Recruitment::busy_step);
  EXPECT_EQ(next(false), 1);
}

TEST_F(RecruitmentTest, BeginsWithOneAgainAfterTheChildWasBusy) {
  for (int i = 0; i < 4; ++i) static_cast<void>(next(true));
  EXPECT_EQ(next(false), 1);
  EXPECT_EQ(next(true), 1);
}

TEST_F(RecruitmentTest, PausesAfterAFailure) {
  static_cast<void>(next(true));
  recruitment.failed(now);
  EXPECT_EQ(recruitment.due(true, now + Recruitment::pause - 1us), 0);
  EXPECT_EQ(recruitment.due(true, now + Recruitment::pause), 1);
}

}  // namespace
}  // namespace mpm
