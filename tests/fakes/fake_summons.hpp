#pragma once

#include "mpm/ports/child_hooks.hpp"
#include "mpm/ports/summons.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace mpm {

/// A parent that asks when a test says so. Any thread.
class FakeSummons final : public Summons {
 public:
  StopStage wait(const OnMain&, StopStage reached) noexcept override {
    std::unique_lock hold(mutex_);
    reached_.push_back(reached);
    changed_.wait(hold, [this] { return woken_ || !asked_.empty(); });
    woken_ = false;
    if (asked_.empty()) return StopStage::Running;
    const StopStage stage = asked_.front();
    asked_.pop_front();
    return stage;
  }
  void wake() noexcept override {
    const std::lock_guard hold(mutex_);
    woken_ = true;
    changed_.notify_all();
  }

  void ask(StopStage stage) {
    const std::lock_guard hold(mutex_);
    asked_.push_back(stage);
    changed_.notify_all();
  }
  /// Has the child waited, and said that it had reached this stage and no more?
  [[nodiscard]] bool waited_at(StopStage stage) {
    const std::lock_guard hold(mutex_);
    return std::find(reached_.begin(), reached_.end(), stage) != reached_.end();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<StopStage> asked_;
  std::vector<StopStage> reached_;
  bool woken_ = false;
};

/// Counts what modules were told.
class FakeChildHooks final : public ChildHooks {
 public:
  void running(const OnMain&) noexcept override { ++ran; }
  void stopping(const OnMain&, StopStage stage) noexcept override { stops.push_back(stage); }

  int ran = 0;
  std::vector<StopStage> stops;
};

}  // namespace mpm
