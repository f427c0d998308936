#pragma once

#include "child/acceptor.hpp"
#include "child/parking_lot.hpp"
#include "child/timers.hpp"
#include "child/work_queue.hpp"
#include "mpm/base/role.hpp"
#include "mpm/policy/eviction.hpp"
#include "mpm/ports/clock.hpp"
#include "mpm/ports/journal.hpp"
#include "mpm/ports/scoreboard.hpp"

#include <chrono>
#include <optional>
#include <span>

namespace mpm {

/// Waits on the pollset and hands out what is ready, due or new. Whom to admit and whom to evict is decided
/// by policies that it asks; runs no module code. Used by whoever has the watch.
class Dispatcher {
 public:
  /// What the dispatcher acts upon.
  struct Surroundings {
    Poller& poller;
    ParkingLot& lot;
    Timers& timers;
    WorkQueue& queue;
    Acceptor& acceptor;
    const Scoreboard& scoreboard;
    Stopper& stopper;
    Journal& journal;
    const Clock& clock;
  };

  explicit Dispatcher(const Surroundings& around) noexcept : around_(around) {}

  /// One turn: sleeps until something happens, and hands out what there is then. Returns how long it slept.
  Duration turn(const OnListener& here) noexcept;
  /// The same for who stands in: sleeps for a millisecond at most. True if the listener may rest on, because
  /// as many run as should and the child is not to stop.
  bool brief_turn(const OnListener& here) noexcept;

 private:
  [[nodiscard]] std::optional<Instant> next_due(const OnListener& here, Instant now) noexcept;
  std::span<Watched* const> wait(const OnListener& here,
                                 std::optional<std::chrono::milliseconds> longest) noexcept;
  /// True if any of `ready` was news: not if all are with workers already.
  bool hand_out(const OnListener& here, std::span<Watched* const> ready, Pace pace, Instant now) noexcept;
  bool hand_out_ready(const OnListener& here, std::span<Watched* const> ready, Pace pace,
                      Instant now) noexcept;
  bool accept_new(const OnListener& here, std::span<Watched* const> ready, Instant now) noexcept;
  void hand_out_expired(const OnListener& here, Instant now) noexcept;
  void hand_out_timers(const OnListener& here, Instant now) noexcept;
  void evict_quiet(const OnListener& here, Instant now) noexcept;
  void count_children(const OnListener& here, Instant now) noexcept;

  [[nodiscard]] bool draining() const noexcept { return around_.stopper.stage() != StopStage::Running; }

  Surroundings around_;
  EvictionPolicy eviction_;
  Instant next_count_{};
};

}  // namespace mpm
