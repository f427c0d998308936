#pragma once

#include "mpm/base/time.hpp"

#include <algorithm>
#include <chrono>

namespace mpm {

/// How many workers should run before one more is woken. Two cores can run two threads: waking a third for a
/// request that takes 20 microseconds costs more than the request. A worker that has held its work for a
/// quantum and waits for something (a proxy, a disk, a program) is blocked, and another one is woken in its
/// place; one that wants a processor still runs, or is made to wait by others that do, and one more would
/// only make that worse. When nobody has taken work for a whole quantum while some waits, that is a stall:
/// the backlog is handed to as many sleepers at once, and the target rises, so that the next wave finds it
/// high; without stalls it falls back by half each decay time. Not synchronised: it lives in the work queue,
/// under its lock.
class ConcurrencyTarget {
 public:
  static constexpr Duration quantum = std::chrono::milliseconds{1};
  static constexpr Duration decay = std::chrono::milliseconds{100};

  /// The workers at one moment.
  struct Scene {
    int waiting;        ///< pieces of work nobody has taken
    int running;        ///< workers that have work, or were woken for it, and are not blocked
    int blocked;        ///< workers that have held their work for a quantum without wanting a processor
    int sleeping;       ///< workers without work
    Duration waited{};  ///< how long the oldest of the work has waited
  };

  explicit constexpr ConcurrencyTarget(int processors) noexcept : floor_(std::max(2, processors)) {}

  /// Does every processor have a worker to run?
  [[nodiscard]] constexpr bool reached(int running) const noexcept { return running >= floor_; }

  /// How many sleepers to wake when work has just been queued.
  [[nodiscard]] constexpr int to_wake(const Scene& scene, Instant now) const noexcept {
    return std::clamp(std::min(scene.waiting, target(now) - scene.running), 0, scene.sleeping);
  }

  /// How many sleepers to wake after it was seen who is blocked; a stall raises the target.
  constexpr int relieve(const Scene& scene, Instant now) noexcept {
    if (scene.running > 0 || scene.waited < quantum) return to_wake(scene, now);
    raised_ = std::max(target(now), scene.blocked + scene.waiting);
    raised_at_ = now;
    return std::min(scene.waiting, scene.sleeping);
  }

  [[nodiscard]] constexpr int target(Instant now) const noexcept {
    // Not below 0: a caller that was preempted after it read the clock may come with a time before the raise.
    const auto halvings = std::clamp<Duration::rep>((now - raised_at_) / decay, 0, 30);
    return std::max(floor_, raised_ >> halvings);
  }

 private:
  int floor_;
  int raised_ = 0;
  Instant raised_at_{};
};

}  // namespace mpm
