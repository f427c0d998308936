#include "mpm/policy/number.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace mpm {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Cuts the digits that `text` begins with off it.
std::string_view take_digits(std::string_view& text) noexcept {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

bool take(char expected, std::string_view& text) noexcept {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

bool has_value(std::string_view digits) noexcept {
  return digits.find_first_not_of('0') != std::string_view::npos;
}

/// The millionths in `whole`.`fraction`; for a whole part that is too long, something above Factor::largest.
std::int64_t millionths(std::string_view whole, std::string_view fraction) noexcept {
  constexpr std::int64_t enough = 2 * Factor::largest / Factor::one;
  std::int64_t sum = 0;
  for (const char digit : whole) sum = std::min(sum * 10 + (digit - '0'), enough);
  for (std::size_t place = 0; place < 6; ++place)
    sum = sum * 10 + (place < fraction.size() ? fraction[place] - '0' : 0);
  return sum;
}

}  // namespace

std::variant<int, Flaw> whole_number(std::string_view text) noexcept {
  if (take('+', text) && text.starts_with('-')) return Flaw::NotANumber;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return Flaw::NotANumber;
  if (error != std::errc{}) return Flaw::OutOfRange;
  return number;
}

std::variant<Factor, Flaw> positive_decimal(std::string_view text) noexcept {
  const bool below_zero = take('-', text);
  if (!below_zero) take('+', text);
  const auto whole = take_digits(text);
  const auto fraction = take('.', text) ? take_digits(text) : std::string_view{};
  if (!text.empty() || (whole.empty() && fraction.empty())) return Flaw::NotANumber;
  if (below_zero || (!has_value(whole) && !has_value(fraction))) return Flaw::NotPositive;
  const std::int64_t value = std::max<std::int64_t>(millionths(whole, fraction), 1);
  if (value > Factor::largest) return Flaw::OutOfRange;
  return Factor::of_millionths(value);
}

}  // namespace mpm
