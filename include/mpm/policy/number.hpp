#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace mpm {

/// Connections allowed per idle worker: AsyncRequestWorkerFactor as an exact decimal, held in millionths.
/// Every decimal of up to six places is exact, and so is every product with a number of workers.
class Factor {
 public:
  static constexpr std::int64_t one = 1'000'000;
  /// So that factor times ThreadLimit's cap stays far from the end of 64 bits.
  static constexpr std::int64_t largest = 1'000'000 * one;

  /// Stock's default.
  constexpr Factor() = default;

  /// From 1 to `largest`.
  static constexpr Factor of_millionths(std::int64_t millionths) noexcept { return Factor{millionths}; }

  /// factor × idle, multiplied before it is divided, and rounded up: a count of connections is below a bound
  /// with a fraction exactly when it is below the next whole number. Nothing for no idle worker.
  [[nodiscard]] constexpr std::int64_t allowance(int idle) const noexcept {
    return idle <= 0 ? 0 : (millionths_ * idle + one - 1) / one;
  }

  [[nodiscard]] constexpr std::int64_t millionths() const noexcept { return millionths_; }

  friend constexpr bool operator==(Factor, Factor) = default;

 private:
  constexpr explicit Factor(std::int64_t millionths) noexcept : millionths_(millionths) {}

  std::int64_t millionths_ = 2 * one;
};

/// What is wrong with a text that should have been a number.
enum class Flaw {
  NotANumber,   ///< no digits, or anything besides the number: blanks, units, exponents, nan, inf
  OutOfRange,   ///< a number, but more than its type holds
  NotPositive,  ///< zero or less, where only more makes sense
};

/// Reads a decimal whole number, with or without a sign, that fills the whole text. Any thread.
[[nodiscard]] std::variant<int, Flaw> whole_number(std::string_view text) noexcept;

/// Reads a decimal above zero and up to Factor::largest, such as 2, 1.5 or .25, that fills the whole text.
/// Places after the sixth are dropped; what is left of a number above zero is never less than a millionth.
/// Any thread.
[[nodiscard]] std::variant<Factor, Flaw> positive_decimal(std::string_view text) noexcept;

}  // namespace mpm
