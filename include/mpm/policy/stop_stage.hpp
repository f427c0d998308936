#pragma once

#include <atomic>

namespace mpm {

/// How far a child is on its way out.
enum class StopStage {
  Running,
  Graceful,  ///< accept no more; end when the last connection has ended
  Forced,    ///< end now
};

/// A stage that only ever rises. Any thread.
class StopSwitch {
 public:
  [[nodiscard]] StopStage stage() const noexcept { return stage_.load(); }
  [[nodiscard]] bool stopping() const noexcept { return stage() != StopStage::Running; }

  /// True if this call raised the stage; false if it was there already.
  bool raise(StopStage to) noexcept {
    StopStage at = stage_.load();
    while (at < to) {
      if (stage_.compare_exchange_weak(at, to)) return true;
    }
    return false;
  }

 private:
  std::atomic<StopStage> stage_{StopStage::Running};
};

}  // namespace mpm
