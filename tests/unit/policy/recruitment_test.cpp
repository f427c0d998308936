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

using enum Recruitment::Activity;

struct RecruitmentTest : testing::Test {
  int next(Recruitment::Activity child) {
    now = recruitment.next();
    return recruitment.due(child, now);
  }

  Instant now = noon;
  Recruitment recruitment{64, noon};
};

TEST_F(RecruitmentTest, IsOverWithinTheTimesThatAreDocumented) {
  const auto took = [](Recruitment::Activity child) {
    Recruitment all{64, noon};
    Instant last = noon;
    for (int started = 4; started < 64; started += all.due(child, last)) last = all.next();
    return last - noon;
  };
  EXPECT_LE(took(Calm), 40ms);
  EXPECT_GE(took(Busy), 5s);
  EXPECT_LE(took(Busy), 7s);
}

TEST_F(RecruitmentTest, StartsNobodyBeforeTheFirstStep) {
  EXPECT_EQ(recruitment.next(), noon + Recruitment::step);
  EXPECT_EQ(recruitment.due(Calm, noon + Recruitment::step - 1us), 0);
}

TEST_F(RecruitmentTest, StartsTwiceAsManyAtEachStepWhileTheChildIsCalm) {
  EXPECT_EQ(next(Calm), 1);
  EXPECT_EQ(recruitment.next(), now + Recruitment::step);
  EXPECT_EQ(next(Calm), 2);
  EXPECT_EQ(next(Calm), 4);
}

TEST_F(RecruitmentTest, StartsNoMoreThanSomeDozensAtAStep) {
  for (int i = 0; i < 40; ++i) static_cast<void>(next(Calm));
  EXPECT_EQ(next(Calm), 64);
}

TEST_F(RecruitmentTest, StartsOneNowAndThenWhileTheChildIsBusy) {
  EXPECT_EQ(next(Busy), 1);
  EXPECT_EQ(recruitment.next(), now + Recruitment::busy_step);
  EXPECT_EQ(next(Busy), 1);
}

TEST_F(RecruitmentTest, CompletesALargeChildThatIsAlwaysBusyInAsManySteps) {
  recruitment = Recruitment(1'000, noon);
  EXPECT_EQ(next(Busy), 16);
}

TEST_F(RecruitmentTest, WaitsAStepAfterAllThoseWhoWereDueHaveBeenStarted) {
  static_cast<void>(next(Calm));
  recruitment.done(now + 20ms);
  EXPECT_EQ(recruitment.next(), now + 20ms + Recruitment::step);
  static_cast<void>(next(Busy));
  recruitment.done(now + 1ms);
  EXPECT_EQ(recruitment.next(), now + Recruitment::busy_step);
}

TEST_F(RecruitmentTest, BeginsWithOneAgainAfterTheChildWasBusy) {
  for (int i = 0; i < 4; ++i) static_cast<void>(next(Calm));
  EXPECT_EQ(next(Busy), 1);
  EXPECT_EQ(next(Calm), 1);
}

TEST_F(RecruitmentTest, PausesAfterAFailure) {
  static_cast<void>(next(Calm));
  recruitment.failed(now);
  EXPECT_EQ(recruitment.due(Calm, now + Recruitment::pause - 1us), 0);
  EXPECT_EQ(recruitment.due(Calm, now + Recruitment::pause), 1);
}

TEST_F(RecruitmentTest, TriesOneAtATimeUntilItCanBeHad) {
  recruitment = Recruitment(1'000, noon);
  recruitment.failed(now);
  EXPECT_TRUE(recruitment.is_short_of_threads());
  EXPECT_EQ(next(Busy), 1);
  recruitment.failed(now);
  EXPECT_EQ(next(Calm), 1);
  recruitment.done(now);
  EXPECT_FALSE(recruitment.is_short_of_threads());
  EXPECT_EQ(next(Busy), 16);
}

}  // namespace
}  // namespace mpm
