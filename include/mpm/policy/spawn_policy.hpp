#pragma once

#include "mpm/base/time.hpp"

#include <cstddef>
#include <span>
#include <variant>

namespace mpm {

/// The figures of the configuration that spawning depends on. Those for threads are for the whole server;
/// each listener bucket has an equal share.
struct SpawnLimits {
  int min_spare_threads = 0;
  int max_spare_threads = 0;
  int max_workers = 0;
  int threads_per_child = 1;
  int active_limit = 0;  ///< children that may be active at once: MaxRequestWorkers / ThreadsPerChild
  int server_limit = 0;
  int buckets = 1;
};

/// What there is. Threads and seats are those of one bucket, children those of the server.
struct Census {
  int idle_threads = 0;     ///< of this generation's children that accept, or are about to
  int active_threads = 0;   ///< idle, in reserve or serving, not finishing; of every child that has its row
  int missing_threads = 0;  ///< of active children: those that are not begun yet, or not to be had
  int free_seats = 0;       ///< free, or to be had from a child that drains
  int held_seats = 0;       ///< of children that finish, or are about to
  int active_children = 0;  ///< of this generation and not draining
  int total_children = 0;
  int empty_buckets = 0;  ///< other ones, that have no active child: a place is kept for each

  friend constexpr bool operator==(const Census&, const Census&) = default;
};

/// Leave things as they are.
struct Hold {
  friend constexpr bool operator==(Hold, Hold) = default;
};
/// Start so many children.
struct Fork {
  int children = 0;
  int rate = 1;  ///< how many might have been started; 8 and more is worth a word to the operator

  friend constexpr bool operator==(const Fork&, const Fork&) = default;
};
/// Ask one child to leave.
struct RetireOne {
  friend constexpr bool operator==(RetireOne, RetireOne) = default;
};
/// One child is too many, but others still finish and the free seats may be needed.
struct RetireLater {
  friend constexpr bool operator==(RetireLater, RetireLater) = default;
};
/// MaxRequestWorkers is reached, or nearly: by threads, or by children that have yet to begin some of theirs.
struct Saturated {
  enum class Left { None, Some };
  Left idle = Left::None;

  friend constexpr bool operator==(Saturated, Saturated) = default;
};
/// More children are allowed, but those that finish hold the seats.
struct ScoreboardFull {
  friend constexpr bool operator==(ScoreboardFull, ScoreboardFull) = default;
};
/// Threads are short, but as many children serve as may.
struct ActiveLimitReached {
  friend constexpr bool operator==(ActiveLimitReached, ActiveLimitReached) = default;
};

using Decision =
    std::variant<Hold, Fork, RetireOne, RetireLater, Saturated, ScoreboardFull, ActiveLimitReached>;

/// Decides how many children there should be. Per bucket, the number started in one second doubles while that
/// was not enough, up to 32 over all buckets, and falls back to one when it was. Owned by the control
/// process; the rates and the hold-off are the caller's, because they outlive a reload. Pure otherwise.
class SpawnPolicy {
 public:
  static constexpr int max_rate = 32;
  static constexpr int busy_rate = 8;
  /// Spawning steps without doubling after a graceful restart: the new children have yet to warm up.
  static constexpr int hold_off_after_restart = 10;

  /// `rates` has one entry per bucket.
  SpawnPolicy(const SpawnLimits& limits, std::span<int> rates, int& hold_off) noexcept
      : limits_(limits), rates_(rates), hold_off_(hold_off) {}

  /// Once a second for each bucket: the only time that rates rise and children are retired.
  [[nodiscard]] Decision at_tick(int bucket, const Census& census) noexcept;

  /// When `departed` children of a bucket have left or begun to: how many successors cannot wait for the
  /// tick.
  [[nodiscard]] int successors(const Census& census, int departed) const noexcept;

  /// A child found a resource short: start one at a time.
  void slow_down(int bucket) noexcept { rate(bucket) = 1; }

 private:
  [[nodiscard]] Decision grow(int bucket, const Census& census) noexcept;
  /// Why there can be no more children.
  [[nodiscard]] Decision obstacle(const Census& census) const noexcept;
  [[nodiscard]] bool may_retire(const Census& census) const noexcept;
  /// How many more children may be active in this bucket.
  [[nodiscard]] int allowed(const Census& census) const noexcept {
    return limits_.active_limit - census.active_children - census.empty_buckets;
  }
  [[nodiscard]] int share(int of_all) const noexcept { return of_all / limits_.buckets; }
  [[nodiscard]] int& rate(int bucket) const noexcept { return rates_[static_cast<std::size_t>(bucket)]; }

  const SpawnLimits limits_;
  const std::span<int> rates_;
  int& hold_off_;
};

/// Bounds how fast successors are forked outside the tick: children that live for one connection each must
/// not make the control process a fork bomb. 32 at once, 128 a second.
class ForkBudget {
 public:
  /// Takes as many of `wanted` as there are.
  [[nodiscard]] int draw(int wanted, Instant now) noexcept;
  /// When at least one more can be drawn.
  [[nodiscard]] Instant next() const noexcept { return full_at_ - full + price; }

 private:
  static constexpr int burst = 32;
  static constexpr Duration price = Duration{std::chrono::seconds{1}} / 128;
  static constexpr Duration full = price * burst;
  Instant full_at_{};  // the budget as the time at which it will be full again: nothing to refill
};

}  // namespace mpm
