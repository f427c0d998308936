#pragma once

#include "mpm/ports/clock.hpp"

#include <atomic>
#include <chrono>
#include <functional>

namespace mpm {

/// Stands still until a test advances it. Any thread.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return Instant{Duration{micros_.load()}}; }

  void advance(Duration by) {
    micros_.fetch_add(by.count());
    if (advanced) advanced();
  }

  /// Called after each advance, on the thread that advanced it. Set before there are threads.
  std::function<void()> advanced;

 private:
  std::atomic<Duration::rep> micros_{std::chrono::microseconds(std::chrono::hours{1}).count()};
};

}  // namespace mpm
