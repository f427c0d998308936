#pragma once

#include "mpm/ports/clock.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <utility>
#include <vector>

namespace mpm {

/// Stands still until a test advances it. Any thread.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return Instant{Duration{micros_.load()}}; }

  void advance(Duration by) {
    micros_.fetch_add(by.count());
    for (const auto& told : watchers_) told();
  }

  /// `told` is called after each advance, on the thread that advanced it. Before there are threads.
  void tell(std::function<void()> told) { watchers_.push_back(std::move(told)); }

 private:
  std::vector<std::function<void()>> watchers_;
  std::atomic<Duration::rep> micros_{std::chrono::microseconds(std::chrono::hours{1}).count()};
};

}  // namespace mpm
