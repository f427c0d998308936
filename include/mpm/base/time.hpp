#pragma once

#include <chrono>

namespace mpm {

/// Monotonic time as a value. Deliberately without now(): policy cannot ask what time it is, it is told.
/// Only src/os/steady_clock.cpp reads the clock (CLOCK_MONOTONIC, clock_gettime(2)), so a wall clock that
/// jumps changes no deadline.
struct Monotonic {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Monotonic>;
  static constexpr bool is_steady = true;
};

using Duration = Monotonic::duration;
using Instant = Monotonic::time_point;

}  // namespace mpm
