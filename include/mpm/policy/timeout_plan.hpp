#pragma once

#include "mpm/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace mpm {

/// Number of one of the parking lot's queues; every connection in a queue waits equally long.
using QueueNumber = std::size_t;

/// Folds the timeouts of all virtual hosts into a few queues: hosts with equal timeouts share one, so that
/// the number of queues is the number of different timeouts, not of hosts. Filled while the configuration is
/// read by the only thread there is; constant afterwards, and then safe from any thread.
class TimeoutPlan {
 public:
  /// No connection waits longer than this: a deadline, reckoned from any moment, stays far from the end of
  /// time.
  static constexpr Duration longest = std::chrono::years{100};

  /// The queue for connections that wait this long, made if there is none yet.
  QueueNumber number_for(Duration timeout) {
    timeout = std::min(timeout, longest);
    const auto found = std::find(timeouts_.begin(), timeouts_.end(), timeout);
    if (found != timeouts_.end()) return static_cast<QueueNumber>(found - timeouts_.begin());
    timeouts_.push_back(timeout);
    return timeouts_.size() - 1;
  }

  [[nodiscard]] std::size_t queues() const noexcept { return timeouts_.size(); }
  [[nodiscard]] Duration timeout(QueueNumber queue) const noexcept { return timeouts_[queue]; }

 private:
  std::vector<Duration> timeouts_;
};

}  // namespace mpm
