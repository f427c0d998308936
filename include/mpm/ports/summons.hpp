#pragma once

#include "mpm/base/role.hpp"
#include "mpm/policy/stop_stage.hpp"

namespace mpm {

/// How a child's main thread learns that the child must end: the parent asks through the pipe of death or by
/// a signal, or a thread of the child itself asks.
class Summons {
 public:
  /// Sleeps until somebody asks. Returns what the parent asked for, or Running if a thread of the child woke
  /// us. A child that has `reached` Graceful takes nothing more from the pipe of death: all children of a
  /// bucket share it, and what is in it now is meant for another one. It still hears a signal.
  virtual StopStage wait(const OnMain& here, StopStage reached) noexcept = 0;
  /// Any thread. Makes the present or the next wait return.
  virtual void wake() noexcept = 0;

 protected:
  ~Summons() = default;
};

}  // namespace mpm
