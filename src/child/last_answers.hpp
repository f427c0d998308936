#pragma once

#include "mpm/base/role.hpp"
#include "mpm/base/time.hpp"
#include "mpm/policy/turnover.hpp"
#include "mpm/ports/poller.hpp"

#include <atomic>
#include <optional>

namespace mpm {

/// How many answers are to be the last on their connections, because clients wait behind a held gate:
/// Turnover allows them, step by step, and whoever answers next claims one.
class LastAnswers {
 public:
  explicit LastAnswers(Poller& poller) noexcept : poller_(poller) {}

  /// Any thread, for an answer that is about to be given on a connection of this kind: is it to be the last?
  [[nodiscard]] bool claim(Transport transport) noexcept {
    if (!somebody_waits_.load(std::memory_order_relaxed)) return false;
    earned_.fetch_add(Turnover::worth(transport), std::memory_order_relaxed);
    if (left_.load(std::memory_order_relaxed) <= 0) return false;
    const int left = left_.fetch_sub(1);
    if (left == 1) poller_.wake();  // the next step is due again
    return left > 0;
  }

  /// The gate is held, and somebody may be behind it. Is it time to allow more? From the first call on the
  /// time counts, and answers earn.
  [[nodiscard]] bool due(const OnListener&, Instant now) noexcept {
    somebody_waits_.store(true, std::memory_order_relaxed);
    return turnover_.held(now);
  }
  void allow(const OnListener&, Instant now) noexcept {
    left_.store(turnover_.allow(now, earned_.exchange(0, std::memory_order_relaxed)));
  }
  /// Nobody can claim those that are left until they are put back. A claim that is under way has one already,
  /// or gets none.
  void set_aside(const OnListener&) noexcept { aside_ = left_.exchange(0); }
  void put_back(const OnListener&) noexcept { left_.store(aside_); }
  /// Nobody waits any more: none is left, and Turnover begins anew.
  void none(const OnListener&) noexcept {
    somebody_waits_.store(false, std::memory_order_relaxed);
    left_.store(0);
    turnover_.open();
  }
  /// When more are due; absent while some are still to be claimed, or when nobody is known to wait.
  [[nodiscard]] std::optional<Instant> next_due(const OnListener&) const noexcept {
    return left_.load(std::memory_order_relaxed) > 0 ? std::nullopt : turnover_.next();
  }

 private:
  Poller& poller_;
  Turnover turnover_;
  int aside_ = 0;
  std::atomic<bool> somebody_waits_{false};  // as far as is known; else workers need not share a counter
  std::atomic<int> earned_{0};               // since the last step
  std::atomic<int> left_{0};
};

}  // namespace mpm
