#include "mpm/policy/number.hpp"

#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mpm {

void PrintTo(Flaw flaw, std::ostream* out) {
  *out << (flaw == Flaw::NotANumber   ? "not a number"
           : flaw == Flaw::OutOfRange ? "out of range"
                                      : "not positive");
}
void PrintTo(Factor factor, std::ostream* out) { *out << factor.millionths() << " millionths"; }

namespace {

using Whole = std::variant<int, Flaw>;
using Decimal = std::variant<Factor, Flaw>;

Decimal millionths(std::int64_t number) { return Factor::of_millionths(number); }

Factor factor(const char* text) { return std::get<Factor>(positive_decimal(text)); }

TEST(WholeNumber, IsReadWithAndWithoutASign) {
  EXPECT_EQ(whole_number("25"), Whole{25});
  EXPECT_EQ(whole_number("+25"), Whole{25});
  EXPECT_EQ(whole_number("-25"), Whole{-25});
  EXPECT_EQ(whole_number("0"), Whole{0});
  EXPECT_EQ(whole_number("0025"), Whole{25});
}

TEST(WholeNumber, ReachesBothEndsOfItsType) {
  EXPECT_EQ(whole_number("2147483647"), Whole{std::numeric_limits<int>::max()});
  EXPECT_EQ(whole_number("-2147483648"), Whole{std::numeric_limits<int>::min()});
}

TEST(WholeNumber, BeyondItsTypeIsOutOfRange) {
  EXPECT_EQ(whole_number("2147483648"), Whole{Flaw::OutOfRange});
  EXPECT_EQ(whole_number("-2147483649"), Whole{Flaw::OutOfRange});
  EXPECT_EQ(whole_number("99999999999999999999999999"), Whole{Flaw::OutOfRange});
}

TEST(WholeNumber, IsNothingElse) {
  const std::vector<std::string> refused = {"",    " ",    "abc", "+",   "-",   "+-1", "-+1",  "--1",
                                            "25x", "x25",  "25 ", " 25", "1e9", "2.0", "1,5",  "nan",
                                            "inf", "0x10", "1 2", "25%", "١",   "25k", "1'000"};
  for (const auto& text : refused)
    EXPECT_EQ(whole_number(text), Whole{Flaw::NotANumber}) << '"' << text << '"';
}

TEST(WholeNumber, EndsWhereItsTextEnds) {
  EXPECT_EQ(whole_number(std::string_view("257").substr(0, 2)), Whole{25});
}

TEST(WholeNumber, WithSomethingBehindItIsNoNumberHoweverLarge) {
  EXPECT_EQ(whole_number("99999999999999999999x"), Whole{Flaw::NotANumber});
}

TEST(PositiveDecimal, IsReadExactly) {
  EXPECT_EQ(positive_decimal("2"), millionths(2'000'000));
  EXPECT_EQ(positive_decimal("+2"), millionths(2'000'000));
  EXPECT_EQ(positive_decimal("1.5"), millionths(1'500'000));
  EXPECT_EQ(positive_decimal("1.1"), millionths(1'100'000));
  EXPECT_EQ(positive_decimal("0.000001"), millionths(1));
  EXPECT_EQ(positive_decimal("0002.750"), millionths(2'750'000));
}

TEST(PositiveDecimal, NeedsDigitsOnOneSideOfThePointOnly) {
  EXPECT_EQ(positive_decimal(".25"), millionths(250'000));
  EXPECT_EQ(positive_decimal("3."), millionths(3'000'000));
  EXPECT_EQ(positive_decimal("."), Decimal{Flaw::NotANumber});
}

TEST(PositiveDecimal, DropsWhatFollowsTheSixthPlace) {
  EXPECT_EQ(positive_decimal("0.33333399"), millionths(333'333));
  EXPECT_EQ(positive_decimal("1.9999999999"), millionths(1'999'999));
}

TEST(PositiveDecimal, StaysAboveZeroHoweverSmall) {
  EXPECT_EQ(positive_decimal("0.0000000001"), millionths(1));
}

TEST(PositiveDecimal, ZeroAndBelowAreNotPositive) {
  for (const char* text : {"0", "0.0", "-0", "+0", ".0", "-1", "-0.5", "-99999999999999"})
    EXPECT_EQ(positive_decimal(text), Decimal{Flaw::NotPositive}) << text;
}

TEST(PositiveDecimal, EndsAtTheLargestFactor) {
  EXPECT_EQ(positive_decimal("1000000"), millionths(Factor::largest));
  EXPECT_EQ(positive_decimal("1000000.0000001"), millionths(Factor::largest));
  EXPECT_EQ(positive_decimal("1000000.000001"), Decimal{Flaw::OutOfRange});
  EXPECT_EQ(positive_decimal("999999999999999999999999999999.5"), Decimal{Flaw::OutOfRange});
}

TEST(PositiveDecimal, IsNothingElse) {
  for (const char* text : {"", " ", "abc", "nan", "inf", "-inf", "NaN", "infinity", "1.5x", "1.5 ", " 1.5",
                           "1,5", "1.5.0", "1e3", "0x2", "+-1", "-", "1/2", "2%"})
    EXPECT_EQ(positive_decimal(text), Decimal{Flaw::NotANumber}) << '"' << text << '"';
}

TEST(Factor, IsTwoUnlessTold) { EXPECT_EQ(Factor{}, Factor::of_millionths(2 * Factor::one)); }

TEST(Factor, IsKeptInMillionths) { EXPECT_EQ(factor("1.25").millionths(), 1'250'000); }

TEST(Factor, MultipliesBeforeItDivides) {
  EXPECT_EQ(factor("1.5").allowance(10), 15);
  EXPECT_EQ(factor("2").allowance(10), 20);
  EXPECT_EQ(factor("2.75").allowance(8), 22);
  EXPECT_EQ(factor("1.25").allowance(16), 20);
  EXPECT_EQ(factor("1.1").allowance(10), 11);
  EXPECT_EQ(factor("0.1").allowance(30), 3);
}

TEST(Factor, BelowOneIsHonouredAsWritten) {
  EXPECT_EQ(factor("0.5").allowance(10), 5);
  EXPECT_EQ(factor("0.25").allowance(4), 1);
}

TEST(Factor, AllowsAnotherConnectionForAFractionOfOne) {
  // One worker, and it is idle: two connections are fewer than 1 + 1.5 × 1, so a third is accepted.
  EXPECT_EQ(factor("1.5").allowance(1), 2);
  EXPECT_EQ(factor("1.5").allowance(3), 5);
  EXPECT_EQ(factor("0.000001").allowance(1), 1);
}

TEST(Factor, AllowsNothingWhenNobodyIsIdle) {
  EXPECT_EQ(factor("1.5").allowance(0), 0);
  EXPECT_EQ(factor("1.5").allowance(-1), 0);
}

TEST(Factor, IsExactAtTheFarEnd) {
  EXPECT_EQ(Factor::of_millionths(Factor::largest).allowance(100'000), 100'000'000'000);
}

}  // namespace
}  // namespace mpm
