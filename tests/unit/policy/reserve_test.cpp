#include "mpm/policy/reserve.hpp"

#include "unit/policy/noon.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

struct AReserve : testing::Test {
  AReserve() { reserve.put(5); }

  Reserve reserve;
};

TEST_F(AReserve, CallsNoMoreThanThereAre) {
  EXPECT_EQ(reserve.call(3, noon), 3);
  EXPECT_EQ(reserve.call(3, noon), 2);
  EXPECT_EQ(reserve.call(1, noon), 0);
  EXPECT_EQ(reserve.left(), 0);
  EXPECT_EQ(reserve.awaited(), 5);
  EXPECT_EQ(reserve.all(), 5);
}

TEST_F(AReserve, CallsNobodyForNoWork) {
  EXPECT_EQ(reserve.call(-1, noon), 0);
  EXPECT_EQ(reserve.left(), 5);
  EXPECT_EQ(reserve.awaited_since(), std::nullopt);
}

TEST_F(AReserve, AwaitsWhoWasCalledUntilEachHasArrived) {
  reserve.call(2, noon);
  EXPECT_EQ(reserve.draft(0, noon + 1ms), 2);
  EXPECT_EQ(reserve.awaited_since(), noon + 1ms);
  reserve.looked_at(noon + 2ms);
  EXPECT_EQ(reserve.awaited_since(), noon + 2ms);
  reserve.arrive();
  EXPECT_EQ(reserve.awaited(), 1);
  reserve.arrive();
  EXPECT_EQ(reserve.awaited(), 0);
  EXPECT_EQ(reserve.all(), 3);
}

TEST_F(AReserve, AwaitsNobodyWhoWasDraftedAheadOfNeed) {
  EXPECT_EQ(reserve.draft(3, noon), 3);
  EXPECT_EQ(reserve.left(), 2);
  EXPECT_EQ(reserve.awaited(), 0);
  EXPECT_EQ(reserve.all(), 5);
}

TEST_F(AReserve, LetsTheFirstToArriveTakeTheWorkThatAnotherWasCalledFor) {
  reserve.draft(1, noon);
  reserve.call(1, noon);
  reserve.draft(0, noon);
  reserve.arrive();
  EXPECT_EQ(reserve.awaited(), 0);
  EXPECT_EQ(reserve.all(), 4);
}

TEST_F(AReserve, MayCallThoseAgainWhoWereCalledOff) {
  reserve.call(2, noon);
  reserve.call_off();
  EXPECT_EQ(reserve.left(), 5);
  EXPECT_EQ(reserve.draft(0, noon), 0);
}

TEST_F(AReserve, CannotCallOffWhoHasBeenDrafted) {
  reserve.call(2, noon);
  reserve.draft(0, noon);
  reserve.call_off();
  EXPECT_EQ(reserve.left(), 3);
  EXPECT_EQ(reserve.awaited(), 2);
}

TEST_F(AReserve, HasNobodyLeftWhenOneIsLost) {
  reserve.call(1, noon);
  const int drafted = reserve.draft(2, noon);
  reserve.call(1, noon);
  reserve.lose(drafted);
  EXPECT_EQ(reserve.all(), 0);
}

TEST_F(AReserve, LosesThoseAheadOfNeedFirst) {
  reserve.call(1, noon);
  EXPECT_EQ(reserve.draft(2, noon), 3);
  reserve.lose(2);
  EXPECT_EQ(reserve.awaited(), 1);
}

TEST_F(AReserve, GoesOnAwaitingThoseOfADraftWhoWereStarted) {
  reserve.call(3, noon);
  EXPECT_EQ(reserve.draft(0, noon), 3);
  reserve.lose(1);
  EXPECT_EQ(reserve.awaited(), 2);
  EXPECT_EQ(reserve.left(), 0);
}

}  // namespace
}  // namespace mpm
