#pragma once

#include "mpm/base/time.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace mpm {

/// Which kept-alive connections may be closed before their time: only quiet ones, oldest first, and only
/// while it helps. (nginx closes at most 32 at a time; H2O those idle for a minimum age.) Pure; any thread.
class EvictionPolicy {
 public:
  /// A client that sends its next request within this time of the last answer is not quiet.
  static constexpr Duration quiet_time = std::chrono::milliseconds{100};
  /// One turn of the listener evicts no more than this; the next turn goes on if it still helps.
  static constexpr std::size_t batch = 32;

  struct Pressure {
    int waiting;    ///< work that waits for a worker, and connections that wait to be accepted
    int idle;       ///< workers without work
    bool draining;  ///< the child is on its way out
  };

  /// Does closing kept-alive connections help at all?
  static constexpr bool helps(const Pressure& now) noexcept {
    return now.draining || (now.waiting > 0 && now.idle <= 0);
  }
  /// From when on a connection that was parked at `parked` may be evicted.
  static constexpr Instant quiet_from(Instant parked) noexcept { return parked + quiet_time; }
};

}  // namespace mpm
