#pragma once

#include "mpm/base/time.hpp"

#include <algorithm>
#include <chrono>

namespace mpm {

/// How many workers should run before one more is woken. Two cores can run two threads: waking a third for a
/// request that takes 20 microseconds costs more than the request. The children share the processors: while
/// work is taken up all the time, each child runs as many workers as its share. When nobody has taken work
/// for a quantum, those who run have long pieces of it, and there may be as many as processors; so, too, one
/// more each time that work has waited for as long as is patient, since the others may have nothing to do.
///
/// A worker that has held its work for a quantum and waits for something (a proxy, a disk, a program) is
/// blocked, and others are woken in its place: two for each that is found so, because where one request
/// blocks the next one often does. A worker that wants a processor still runs, or is made to wait by others
/// that do, and one more would only make that worse; but when nobody has taken work for as long as is
/// patient, one more is woken all the same. When nobody runs and work has waited for a quantum, that is a
/// stall: the backlog is handed to as many sleepers at once, and the target rises, so that the next wave
/// finds it high; without stalls it falls back by half each decay time. Not synchronised: it lives in the
/// work queue, under its lock.
class ConcurrencyTarget {
 public:
  static constexpr Duration quantum = std::chrono::milliseconds{1};
  static constexpr Duration patience = std::chrono::milliseconds{10};
  static constexpr Duration decay = std::chrono::milliseconds{100};

  /// The workers at one moment.
  struct Scene {
    int waiting;        ///< pieces of work that nobody has taken or been called for
    int running;        ///< workers that have work, or were woken for it, and are not blocked
    int blocked;        ///< workers that have held their work for a quantum without wanting a processor
    int sleeping;       ///< workers without work
    Duration waited{};  ///< how long the oldest of the work has waited
    Duration since_last_taken{};  ///< how long nobody has taken work
  };

  explicit constexpr ConcurrencyTarget(int processors) noexcept
      : processors_(std::max(2, processors)), share_(processors_) {}

  /// So many children share the processors from now on, this one among them.
  constexpr void share_among(int children) noexcept {
    const int sharers = std::max(1, children);
    share_ = (processors_ + sharers - 1) / sharers;
  }

  /// Do as many run as there are processors for?
  [[nodiscard]] constexpr bool reached(const Scene& scene) const noexcept {
    return scene.running >= room(scene);
  }

  /// How many sleepers to wake when work has just been queued.
  [[nodiscard]] constexpr int to_wake(const Scene& scene, Instant now) const noexcept {
    const int target = std::max(room(scene), raised(now));
    return std::clamp(std::min(scene.waiting, target - scene.running), 0, scene.sleeping);
  }

  /// How many sleepers to wake after a look at who is blocked has found `newly_blocked` of them; a stall
  /// raises the target.
  constexpr int relieve(const Scene& scene, int newly_blocked, Instant now) noexcept {
    const int helpful = std::min(scene.waiting, scene.sleeping);
    if (scene.running == 0 && scene.waited >= quantum && helpful > 0) {
      raised_ = std::max(raised(now), scene.blocked + helpful);
      raised_at_ = now;
      return helpful;
    }
    const int replacements = std::max(to_wake(scene, now), 2 * newly_blocked);
    const bool one_may_help = scene.running < processors_ || scene.since_last_taken >= patience;
    return std::min(helpful, std::max(replacements, scene.waited >= patience && one_may_help ? 1 : 0));
  }

 private:
  [[nodiscard]] constexpr int room(const Scene& scene) const noexcept {
    return scene.since_last_taken < quantum ? share_ : processors_;
  }
  [[nodiscard]] constexpr int raised(Instant now) const noexcept {
    // Not below 0: a caller that was preempted after it read the clock may come with a time before the raise.
    const auto halvings = std::clamp<Duration::rep>((now - raised_at_) / decay, 0, 30);
    return raised_ >> halvings;
  }

  int processors_;
  int share_;
  int raised_ = 0;
  Instant raised_at_{};
};

}  // namespace mpm
