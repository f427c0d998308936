#pragma once

#include "mpm/policy/number.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

/// What mpm/policy/number.hpp promises, told a second time: slowly, character by character, in wide numbers
/// that are never near their end. To compare with.
namespace mpm::plain {

// NOLINTNEXTLINE: both compilers have it
__extension__ using Wide = __int128;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline std::variant<int, Flaw> whole_number(std::string_view text) {
  constexpr Wide enough = 1'000'000'000'000;
  Wide sign = 1;
  Wide number = 0;
  bool any = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at == 0 && (text[at] == '+' || text[at] == '-')) {
      sign = text[at] == '-' ? -1 : 1;
      continue;
    }
    if (!is_digit(text[at])) return Flaw::NotANumber;
    any = true;
    if (number < enough) number = number * 10 + (text[at] - '0');
  }
  if (!any) return Flaw::NotANumber;
  number *= sign;
  if (number < INT32_MIN || number > INT32_MAX) return Flaw::OutOfRange;
  return static_cast<int>(number);
}

inline std::variant<Factor, Flaw> positive_decimal(std::string_view text) {
  constexpr Wide enough = Wide{1'000'000'000'000} * Factor::largest;
  constexpr int places = 6;
  Wide number = 0;  // in millionths
  int place = -1;   // behind the point
  bool any = false;
  bool above_zero = false;
  bool negative = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (at == 0 && (c == '+' || c == '-')) {
      negative = c == '-';
    } else if (c == '.' && place < 0) {
      place = 0;
    } else if (is_digit(c)) {
      any = true;
      above_zero = above_zero || c != '0';
      if (place >= 0) ++place;
      if (place <= places && number < enough) number = number * 10 + (c - '0');
    } else {
      return Flaw::NotANumber;
    }
  }
  if (!any) return Flaw::NotANumber;
  if (negative || !above_zero) return Flaw::NotPositive;
  for (int missing = place < 0 ? places : places - place; missing > 0; --missing) number *= 10;
  if (number == 0) number = 1;
  if (number > Factor::largest) return Flaw::OutOfRange;
  return Factor::of_millionths(static_cast<std::int64_t>(number));
}

}  // namespace mpm::plain
