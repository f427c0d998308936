#pragma once

#include "mpm/base/role.hpp"
#include "mpm/policy/stop_stage.hpp"

namespace mpm {

/// What modules learn about the life of the child.
class ChildHooks {
 public:
  /// All threads that could be started are running.
  virtual void running(const OnMain& here) noexcept = 0;
  /// Once: the child has begun to stop (child_stopping).
  virtual void stopping(const OnMain& here, StopStage stage) noexcept = 0;

 protected:
  ~ChildHooks() = default;
};

}  // namespace mpm
