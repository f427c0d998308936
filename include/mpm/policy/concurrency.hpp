#pragma once

#include "mpm/base/time.hpp"

#include <algorithm>
#include <chrono>

namespace mpm {

/// How many workers should run before one more is woken. Two cores can run two threads: waking a third for a
/// request that takes 20 microseconds costs more than the request.
///
/// The children share the processors, and each child runs as many workers as its share. A worker that has
/// held its work for a quantum no longer counts against the share. If it wants a processor it *computes*: one
/// more may run beside it, up to as many as there are processors, and when it has held its work for
/// `patience` it does not count at all. If it wants none it is *blocked*, on a proxy, a disk, a program,
/// and others are woken in its place: two for each that is found so, because where one request blocks the
/// next one often does. When nobody runs and work has waited for a quantum, that is a stall: the backlog is
/// handed to as many sleepers at once, and the target rises, so that the next wave finds it high; without
/// stalls it falls back by half each decay time.
///
/// When work has waited for `patience`, one more is woken each such time, up to as many as there
/// are processors: the other children may not need theirs.
///
/// Not synchronised: it lives in the work queue, under its lock.
class ConcurrencyTarget {
 public:
  static constexpr Duration quantum = std::chrono::milliseconds{1};
  static constexpr Duration patience = std::chrono::milliseconds{10};
  static constexpr Duration decay = std::chrono::milliseconds{100};
  /// What comes after less than this will be followed by more within a quantum, more often than not.
  static constexpr Duration quick = quantum / 4;

  /// The workers at one moment.
  struct Scene {
    int waiting;        ///< pieces of work that nobody has taken or been called for
    int running;        ///< workers that have work, or were woken or started for it, and are not set aside
    int computing = 0;  ///< of the running, those that have held their work for a quantum
    int aside;          ///< workers that have work and do not count: blocked, or at it for long
    int sleeping;       ///< workers without work that may be woken, or started
    Duration waited{};  ///< how long the oldest of the work has waited
  };

  explicit constexpr ConcurrencyTarget(int processors) noexcept
      : processors_(std::max(2, processors)), share_(processors_) {}

  /// So many children share the processors from now on; fewer than one is one.
  constexpr void share_among(int children) noexcept {
    const int sharers = std::max(1, children);
    share_ = (processors_ + sharers - 1) / sharers;
  }

  /// May the workers look for what becomes ready next, instead of the listener, which has slept for `slept`
  /// before this came? If nothing waits and a processor may be free, only while requests come in quick
  /// succession and none of them blocks: otherwise a worker that runs out of work would look in vain, and
  /// have to wake the listener; or none would run out of work.
  [[nodiscard]] constexpr bool may_look_themselves(const Scene& scene, Duration slept,
                                                   Instant now) const noexcept {
    const bool more_soon = scene.waiting > 0 || (slept < quick && scene.aside == 0);
    return scene.running >= (more_soon ? target(scene, now) : std::max(processors_, raised(now)));
  }

  /// How many sleepers to wake when work has just been queued.
  [[nodiscard]] constexpr int to_wake(const Scene& scene, Instant now) const noexcept {
    return std::clamp(std::min(scene.waiting, target(scene, now) - scene.running), 0, scene.sleeping);
  }

  /// How many sleepers to wake after a look at who is blocked has found `newly_blocked` of them; a stall
  /// raises the target.
  constexpr int relieve(const Scene& scene, int newly_blocked, Instant now) noexcept {
    const int helpful = std::min(scene.waiting, scene.sleeping);
    if (helpful <= 0) return 0;
    if (scene.running == 0 && scene.waited >= quantum) {
      raised_ = std::max(raised(now), scene.aside + helpful);
      raised_at_ = now;
      return helpful;
    }
    const int in_place_of_others = std::max(to_wake(scene, now), 2 * newly_blocked);
    const int out_of_patience = is_out_of_patience(scene, now) ? 1 : 0;
    return std::min(helpful, std::max(in_place_of_others, out_of_patience));
  }

 private:
  [[nodiscard]] constexpr int target(const Scene& scene, Instant now) const noexcept {
    return std::max(std::min(processors_, share_ + scene.computing), raised(now));
  }
  [[nodiscard]] constexpr int raised(Instant now) const noexcept {
    // Not below 0: a caller that was preempted after it read the clock may come with a time before the raise.
    const auto halvings = std::clamp<Duration::rep>((now - raised_at_) / decay, 0, 30);
    return raised_ >> halvings;
  }
  constexpr bool is_out_of_patience(const Scene& scene, Instant now) noexcept {
    if (scene.running >= processors_ || scene.waited < patience || now - last_resort_ < patience)
      return false;
    last_resort_ = now;
    return true;
  }

  int processors_;
  int share_;
  int raised_ = 0;
  Instant raised_at_{};
  Instant last_resort_{};  // when one was last woken out of patience
};

}  // namespace mpm
