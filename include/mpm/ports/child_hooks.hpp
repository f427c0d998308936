#pragma once

#include "mpm/base/role.hpp"
#include "mpm/policy/stop_stage.hpp"

namespace mpm {

/// What modules learn about the life of the child.
class ChildHooks {
 public:
  /// Once, before the listener starts: the workers that the child begins with are running, as far as they
  /// could be started, and nobody has been accepted.
  virtual void running(const OnMain& here) noexcept = 0;
  /// Once: the child has begun to stop (child_stopping).
  virtual void stopping(const OnMain& here, StopStage stage) noexcept = 0;

 protected:
  ~ChildHooks() = default;
};

}  // namespace mpm
