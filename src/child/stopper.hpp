#pragma once

#include "child/work_queue.hpp"
#include "mpm/policy/stop_stage.hpp"
#include "mpm/ports/clock.hpp"
#include "mpm/ports/poller.hpp"
#include "mpm/ports/summons.hpp"

#include <atomic>

namespace mpm {

/// The only way to stop a child: raises the stage, then wakes whoever may be asleep, so that each sees it.
class Stopper {
 public:
  /// Everyone a stop has to reach.
  struct Sleepers {
    Summons& main;
    Poller& listener;
    WorkQueue& workers;
  };

  Stopper(StopSwitch& stop, const Sleepers& sleepers, const Clock& clock) noexcept
      : stop_(stop), sleepers_(sleepers), clock_(clock) {}

  /// Any thread. Does nothing if the stage has been reached already.
  void raise(StopStage to) noexcept {
    if (!stop_.raise(to)) return;
    sleepers_.listener.wake();
    sleepers_.workers.call_all(clock_.now());
    sleepers_.main.wake();
  }

  /// Any thread. This child is short of something it needs: it leaves gracefully, and its exit code tells the
  /// parent to fork slowly.
  void fall_sick() noexcept {
    sick_.store(true);
    raise(StopStage::Graceful);
  }
  [[nodiscard]] bool sick() const noexcept { return sick_.load(); }

  /// Any thread.
  [[nodiscard]] StopStage stage() const noexcept { return stop_.stage(); }

 private:
  StopSwitch& stop_;
  Sleepers sleepers_;
  const Clock& clock_;
  std::atomic<bool> sick_{false};
};

}  // namespace mpm
