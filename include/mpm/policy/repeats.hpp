#pragma once

#include "mpm/base/time.hpp"

namespace mpm {

/// Of trouble that repeats itself, the log has the first time, the tenth, the hundredth and so on.
constexpr bool is_worth_a_line(int nth) noexcept {
  while (nth >= 10 && nth % 10 == 0) nth /= 10;
  return nth == 1;
}

/// Counts one kind of trouble. A minute without it ends the series: the next one is news again.
class Repeats {
 public:
  static constexpr Duration series_ends_after = std::chrono::minutes{1};

  /// It has happened once more; the result says whether to tell of it.
  [[nodiscard]] constexpr bool once_more(Instant now) noexcept {
    if (times_ > 0 && now - last_ >= series_ends_after) times_ = 0;
    last_ = now;
    if (times_ < most) ++times_;
    return is_worth_a_line(times_);
  }

 private:
  static constexpr int most = 1'000'000'001;
  Instant last_{};
  int times_ = 0;
};

}  // namespace mpm
