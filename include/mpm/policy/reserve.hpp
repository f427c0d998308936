#pragma once

#include "mpm/base/time.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace mpm {

/// The workers of a child that have no thread yet: sleepers that take longer to wake. Work calls one, the
/// main thread drafts who was called, and sometimes others ahead of need, and starts their threads; each
/// thread arrives, or is lost because it could not be started. Not synchronised: it lives in the run queue,
/// under its lock.
class Reserve {
 public:
  /// `workers` may be called from now on.
  constexpr void put(int workers) noexcept { left_ = workers; }

  /// Work calls up to `count`. Returns how many.
  constexpr int call(int count, Instant now) noexcept {
    const int recruits = std::clamp(count, 0, left_);
    if (recruits == 0) return 0;
    left_ -= recruits;
    called_ += recruits;
    since_ = now;
    return recruits;
  }
  /// Nothing waits any more: those whom the main thread has not heard of yet need not come.
  constexpr void call_off() noexcept { left_ += std::exchange(called_, 0); }

  /// The main thread starts those who were called, and up to `ahead` more. Returns how many.
  constexpr int draft(int ahead, Instant now) noexcept {
    const int uncalled = std::min(ahead, left_);
    const int called = std::exchange(called_, 0);
    left_ -= uncalled;
    ahead_ += uncalled;
    coming_ += called;
    since_ = now;
    return called + uncalled;
  }
  /// One of those who were drafted is there. Whoever comes first takes the work that somebody was called for.
  constexpr void arrive() noexcept {
    if (int& drafted = coming_ > 0 ? coming_ : ahead_; drafted > 0) --drafted;
  }
  /// So many of those could not be started, the ones ahead of need first: who was started serves the call.
  /// Nobody can be called from now on.
  constexpr void lose(int drafted) noexcept {
    const int ahead = std::min(drafted, ahead_);
    ahead_ -= ahead;
    coming_ -= drafted - ahead;
    left_ = called_ = 0;
  }

  /// Those who may be called.
  [[nodiscard]] constexpr int left() const noexcept { return left_; }
  /// Those who were called for work and have not arrived.
  [[nodiscard]] constexpr int awaited() const noexcept { return called_ + coming_; }
  /// All who have not arrived. Those who were drafted ahead of need are not awaited for any work.
  [[nodiscard]] constexpr int all() const noexcept { return left_ + awaited() + ahead_; }

  /// Since when somebody is awaited, or when that was last looked at; absent when nobody is.
  [[nodiscard]] constexpr std::optional<Instant> awaited_since() const noexcept {
    return awaited() > 0 ? std::optional(since_) : std::nullopt;
  }
  constexpr void looked_at(Instant now) noexcept { since_ = now; }

 private:
  int left_ = 0;
  int called_ = 0;  // the main thread does not know yet
  int coming_ = 0;  // called, and drafted
  int ahead_ = 0;   // drafted ahead of need
  Instant since_{};
};

}  // namespace mpm
