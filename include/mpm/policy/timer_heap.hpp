#pragma once

#include "mpm/base/deadline_heap.hpp"
#include "mpm/base/list.hpp"
#include "mpm/base/time.hpp"

#include <memory>
#include <optional>

namespace mpm {

/// A one-shot callback of a module (ap_mpm_register_timed_callback). Whoever holds the pointer owns it.
struct Timer {
  using Callback = void (*)(void* baton);

  Timer(Callback call, void* with) noexcept : callback(call), baton(with) {}

  Callback callback;
  void* baton;
  HeapPlace in_heap;
  /// When it was due and joined the run queue.
  Instant queued{};
  Link<Timer> in_lane;
};
using TimerPtr = std::unique_ptr<Timer>;

/// The timers that have not fired, by time; equal times fire in the order of registration. Owns them. Knows
/// no clock and no lock: it lives in Timers, under its lock.
class TimerHeap {
 public:
  TimerHeap() = default;
  TimerHeap(const TimerHeap&) = delete;
  TimerHeap& operator=(const TimerHeap&) = delete;
  ~TimerHeap() {
    while (Timer* const left = heap_.first()) take(*left);
  }

  /// True if the new timer is the earliest of all: the listener may have to be woken.
  [[nodiscard]] bool add(TimerPtr timer, Instant at) {
    Timer* const added = timer.release();
    heap_.add(*added, at);
    return heap_.first() == added;
  }

  /// The earliest timer if it is due at `now`, else null.
  [[nodiscard]] TimerPtr due(Instant now) noexcept {
    Timer* const first = heap_.first();
    return first && first->in_heap.deadline() <= now ? take(*first) : nullptr;
  }

  [[nodiscard]] std::optional<Instant> next() const noexcept {
    const Timer* const first = heap_.first();
    return first ? std::optional{first->in_heap.deadline()} : std::nullopt;
  }

 private:
  TimerPtr take(Timer& timer) noexcept {
    heap_.remove(timer);
    return TimerPtr(&timer);
  }

  DeadlineHeap<Timer, &Timer::in_heap> heap_;
};

}  // namespace mpm
