#pragma once

#include "mpm/base/guarded.hpp"
#include "mpm/base/role.hpp"
#include "mpm/base/time.hpp"
#include "mpm/policy/timer_heap.hpp"
#include "mpm/ports/poller.hpp"

#include <optional>

namespace mpm {

/// Timed callbacks: registered from anywhere, handed out by the listener when they are due, never before.
class Timers {
 public:
  explicit Timers(Poller& poller) : poller_(poller) {}

  /// Any thread, a callback that is just running included. Wakes the listener if it would oversleep.
  void add(TimerPtr timer, Instant at) noexcept {
    if (heap_.with([&](TimerHeap& heap) { return heap.add(std::move(timer), at); })) poller_.wake();
  }

  /// The next timer that is due, or null.
  [[nodiscard]] TimerPtr due(const OnListener&, Instant now) noexcept {
    return heap_.with([now](TimerHeap& heap) { return heap.due(now); });
  }
  [[nodiscard]] std::optional<Instant> next(const OnListener&) noexcept {
    return heap_.with([](const TimerHeap& heap) { return heap.next(); });
  }

 private:
  Guarded<TimerHeap> heap_;
  Poller& poller_;
};

}  // namespace mpm
