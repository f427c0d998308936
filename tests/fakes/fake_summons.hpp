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
  Wish wait(const OnMain&, StopStage reached) noexcept override {
    std::unique_lock hold(mutex_);
    reached_.push_back(reached);
    changed_.wait(hold, [this] { return woken_ || !asked_.empty(); });
    woken_ = false;
    if (asked_.empty()) return {};
    const Wish wish = asked_.front();
    asked_.pop_front();
    return wish;
  }
  void wake() noexcept override {
    const std::lock_guard hold(mutex_);
    woken_ = true;
    changed_.notify_all();
  }

  void ask(StopStage stage) { ask(Wish{.stage = stage}); }
  void ask_for_row() { ask(Wish{.row = Wish::Row::GiveUp}); }
  /// Has the child waited, and said that it had reached this stage and no more?
  [[nodiscard]] bool waited_at(StopStage stage) {
    const std::lock_guard hold(mutex_);
    return std::find(reached_.begin(), reached_.end(), stage) != reached_.end();
  }

 private:
  void ask(const Wish& wish) {
    const std::lock_guard hold(mutex_);
    asked_.push_back(wish);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Wish> asked_;
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
