#include "mpm/policy/child_exit.hpp"

#include <array>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using enum ExitKind;

TEST(ChildExit, OfACleanOrCrashedChildIsNothingToTheServer) {
  for (const Origin origin : {Origin::ThisGeneration, Origin::OlderGeneration}) {
    EXPECT_EQ(consequence(Clean, origin), Consequence::None);
    EXPECT_EQ(consequence(Crashed, origin), Consequence::None);
  }
}

TEST(ChildExit, OfASickChildSlowsTheServerDown) {
  for (const Origin origin : {Origin::ThisGeneration, Origin::OlderGeneration})
    EXPECT_EQ(consequence(Sick, origin), Consequence::GrowSlowly);
}

TEST(ChildExit, IsFatalToTheServerIfTheRunningConfigurationCannotWork) {
  EXPECT_EQ(consequence(Fatal, Origin::ThisGeneration), Consequence::StopServer);
}

TEST(ChildExit, IsNotFatalToTheServerIfThatConfigurationHasBeenReplaced) {
  EXPECT_EQ(consequence(Fatal, Origin::OlderGeneration), Consequence::IgnoreFatal);
}

TEST(CrashStreak, RefillsThreePlacesAtOnceAndTheOthersAtTheTick) {
  using enum CrashStreak::Refill;
  CrashStreak crashes;
  EXPECT_EQ(crashes.crashed().refill, AtOnce);
  EXPECT_EQ(crashes.crashed().refill, AtOnce);
  EXPECT_EQ(crashes.crashed().refill, AtOnce);
  EXPECT_EQ(crashes.crashed().refill, AtTick);
  EXPECT_EQ(crashes.crashed().refill, AtTick);
}

TEST(CrashStreak, RefillsThreeAgainInEachSecond) {
  CrashStreak crashes;
  for (int i = 0; i < 5; ++i) static_cast<void>(crashes.crashed());
  crashes.tick();
  EXPECT_EQ(crashes.crashed().refill, CrashStreak::Refill::AtOnce);
}

int reports(CrashStreak& crashes, int times) {
  int reported = 0;
  for (int i = 0; i < times; ++i) reported += crashes.crashed().report;
  return reported;
}

TEST(CrashStreak, IsReportedAtItsThirdCrashAndThenAtEveryTenth) {
  CrashStreak crashes;
  EXPECT_EQ(reports(crashes, 2), 0);
  EXPECT_EQ(reports(crashes, 1), 1);
  EXPECT_EQ(reports(crashes, 9), 0);
  EXPECT_EQ(reports(crashes, 1), 1);
}

TEST(CrashStreak, GoesOnOverTheSeconds) {
  CrashStreak crashes;
  EXPECT_EQ(reports(crashes, 2), 0);
  crashes.tick();
  EXPECT_EQ(reports(crashes, 1), 1);
}

TEST(CrashStreak, EndsWithASecondWithoutACrash) {
  CrashStreak crashes;
  EXPECT_EQ(reports(crashes, 2), 0);
  crashes.tick();
  crashes.tick();
  EXPECT_EQ(reports(crashes, 2), 0);
}

}  // namespace
}  // namespace mpm
