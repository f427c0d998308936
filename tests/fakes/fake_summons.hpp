#pragma once

#include "fakes/fake_clock.hpp"
#include "mpm/ports/child_hooks.hpp"
#include "mpm/ports/summons.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace mpm {

/// A parent that asks when a test says so, in fake time. Any thread.
class FakeSummons final : public Summons {
 public:
  explicit FakeSummons(FakeClock& clock) : clock_(clock) {
    clock.tell([this] {
      const std::lock_guard hold(mutex_);
      changed_.notify_all();
    });
  }

  Wish wait(const OnMain&, StopStage reached,
            std::optional<std::chrono::milliseconds> longest) noexcept override {
    std::unique_lock hold(mutex_);
    reached_.push_back(reached);
    const auto until = longest ? std::optional(clock_.now() + *longest) : std::nullopt;
    const auto risen = [&] { return woken_ || !asked_.empty() || (until && clock_.now() >= *until); };
    asleep_until_ = until;
    asleep_ = true;
    changed_.wait(hold, risen);
    asleep_ = woken_ = false;
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

  /// Does the main thread sleep, and until when, if not for ever?
  [[nodiscard]] bool asleep() {
    const std::lock_guard hold(mutex_);
    return asleep_ && !woken_ && asked_.empty() && !(asleep_until_ && clock_.now() >= *asleep_until_);
  }
  [[nodiscard]] std::optional<Instant> asleep_until() {
    const std::lock_guard hold(mutex_);
    return asleep_until_;
  }
  /// Has it been woken, and not yet waited since? For tests that have no main thread.
  [[nodiscard]] bool woken() {
    const std::lock_guard hold(mutex_);
    return woken_;
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

  FakeClock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Wish> asked_;
  std::vector<StopStage> reached_;
  std::optional<Instant> asleep_until_;
  bool asleep_ = false;
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
