#include "mpm/policy/bulk.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

constexpr std::size_t large = 2 * bulk::small;

TEST(AResponse, IsWorthHoldingIfItIsLargeAndAllThere) {
  EXPECT_TRUE(bulk::is_worth_holding({.bulk = large, .ends = true}));
  EXPECT_FALSE(bulk::is_worth_holding({.bulk = large, .ends = false})) << "more of it is still being made";
  EXPECT_FALSE(bulk::is_worth_holding({.bulk = large, .ends = true, .must_pass_now = true}));
}

TEST(AResponse, IsNotWorthHoldingIfTheFiltersBelowMayKeepItAnyway) {
  EXPECT_FALSE(bulk::is_worth_holding({.bulk = bulk::small, .ends = true}));
  EXPECT_TRUE(bulk::is_worth_holding({.bulk = bulk::small + 1, .ends = true}));
}

TEST(AResponse, IsFollowedByItsEndAndByNoOther) {
  EXPECT_TRUE(bulk::may_follow({.ends = true}));
  EXPECT_FALSE(bulk::may_follow({.ends = true, .has_data = true}));
  EXPECT_FALSE(bulk::may_follow({.must_pass_now = true}));
}

TEST(APiece, IsNeverMoreThanTheFiltersBelowAndTheKernelKeepWithoutWaiting) {
  EXPECT_EQ(bulk::next_piece(65535, 0), 65535U);
  EXPECT_EQ(bulk::next_piece(10'000, 40'000), 50'000U);
  EXPECT_EQ(bulk::next_piece(10'000, 4'000'000), 10'000 + bulk::most_in_kernel);
  EXPECT_EQ(bulk::next_piece(1'000'000, 0), bulk::small) << "however much they keep";
  EXPECT_EQ(bulk::next_changed_piece(65535), bulk::changed_piece);
  EXPECT_EQ(bulk::next_changed_piece(16'384), 15'360U) << "it gets longer";
}

TEST(AFirstPiece, IsNoMoreThanTheKernelTakesBecauseTheFiltersBelowMayKeepAllTheyCanAlready) {
  EXPECT_EQ(bulk::first_piece(0), 0U);
  EXPECT_EQ(bulk::first_piece(40'000), 40'000U);
  EXPECT_EQ(bulk::first_piece(4'000'000), bulk::most_in_kernel);
  EXPECT_EQ(bulk::first_changed_piece(40'000), 20'000U) << "it gets longer";
  EXPECT_EQ(bulk::first_changed_piece(4'000'000), bulk::changed_piece);
}

TEST(TheKernel, TakesLessThanItHasRoomForBecauseEachSegmentTakesSome) {
  EXPECT_EQ(bulk::data_in(4'000'000, 65'483), 3'000'000U) << "never all of it, however long they are";
  EXPECT_EQ(bulk::data_in(10'000, 1448), 3U * 1448) << "three whole segments";
  // Measured on Linux 6.18: 1,718,208 bytes into 4,194,304, to a client with a window of 1,152.
  EXPECT_LE(bulk::data_in(4'194'304, 576), 1'718'208U);
  EXPECT_GE(bulk::data_in(4'194'304, 576), 1'000'000U);
  EXPECT_EQ(bulk::data_in(4'000'000, 0), 0U) << "it did not say how long a segment is";
  EXPECT_EQ(bulk::data_in(0, 1448), 0U);
}

TEST(APiece, IsNeverEmpty) {
  EXPECT_EQ(bulk::next_piece(0, 0), bulk::smallest_piece);
  EXPECT_EQ(bulk::next_changed_piece(0), bulk::smallest_piece);
}

}  // namespace
}  // namespace mpm
