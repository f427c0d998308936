#pragma once

#include "mpm/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mpm {

/// When a child starts its workers' threads. A thread costs a fraction of a millisecond of processor time,
/// and dozens of them, in each new child at once, are taken from those who are being served. So a few are
/// started at once, and any other as soon as work calls for it. The rest come while the child has nothing to
/// do, twice as many at each step as at the one before, so that a calm child is complete within some tens of
/// milliseconds; one that is busy gets a few of them now and then, so that a shortage of threads is not found
/// only when all are needed, and is complete within some seconds. When a thread cannot be had, one is tried
/// now and then, whatever the child does, until it can. Not synchronised: it belongs to the main thread.
class Recruitment {
 public:
  static constexpr Duration step = std::chrono::milliseconds{5};
  static constexpr Duration busy_step = std::chrono::milliseconds{100};
  /// After a thread could not be started.
  static constexpr Duration pause = std::chrono::seconds{1};

  /// How many of a child's workers are started before it serves: who can run at a time, and two to take over
  /// from those who block.
  static constexpr int at_once(int workers, int processors) noexcept {
    return std::min(workers, std::max(2, processors) + 2);
  }

  /// For a child of `workers` that begins to serve now.
  constexpr Recruitment(int workers, Instant now) noexcept
      : few_((workers + busy_steps - 1) / busy_steps), next_(now + step) {}

  /// What the child does at the moment.
  enum class Activity { Calm, Busy };
  /// How many to start ahead of need now.
  [[nodiscard]] constexpr int due(Activity child, Instant now) noexcept {
    if (now < next_) return 0;
    if (short_) return 1;
    next_ = now + (child == Activity::Calm ? step : busy_step);
    if (child == Activity::Calm) return std::exchange(batch_, std::min(2 * batch_, most));
    batch_ = 1;
    return few_;
  }
  /// Those who were due have been started: that may have taken longer than a step, and they need a moment to
  /// find that there is nothing to do.
  constexpr void done(Instant now) noexcept {
    short_ = false;
    next_ = std::max(next_, now + step);
  }
  /// One of them could not be started.
  constexpr void failed(Instant now) noexcept {
    short_ = true;
    next_ = now + pause;
    batch_ = 1;
  }
  /// Could the last one not be started?
  [[nodiscard]] constexpr bool is_short_of_threads() const noexcept { return short_; }
  /// When some may be due.
  [[nodiscard]] constexpr Instant next() const noexcept { return next_; }

 private:
  static constexpr int most = 64;
  static constexpr int busy_steps = 64;

  int few_;  // a child that is always busy is complete after so many busy steps
  Instant next_;
  int batch_ = 1;
  bool short_ = false;
};

}  // namespace mpm
