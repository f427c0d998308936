#pragma once

#include "mpm/base/role.hpp"
#include "mpm/policy/stop_stage.hpp"

#include <chrono>
#include <optional>

namespace mpm {

/// How a child's main thread learns that the child must end: the parent asks through the pipe of death or by
/// a signal, or a thread of the child itself asks.
class Summons {
 public:
  /// What the parent wants of this child.
  struct Wish {
    StopStage stage = StopStage::Running;
    enum class Row { Keep, GiveUp };
    Row row = Row::Keep;  ///< of the scoreboard: a successor needs it
  };

  /// Sleeps until somebody asks, at most for `longest` (without it, for ever). Returns what the parent asked
  /// for; Running if a thread of the child woke us, or nobody did.
  /// A child that has `reached` Graceful takes nothing more from the pipe of death: all children of a bucket
  /// share it, and what is in it now is meant for another one. It still hears a signal, and only then is it
  /// asked for its row.
  virtual Wish wait(const OnMain& here, StopStage reached,
                    std::optional<std::chrono::milliseconds> longest) noexcept = 0;
  /// Any thread. Makes the present or the next wait return.
  virtual void wake() noexcept = 0;

 protected:
  ~Summons() = default;
};

}  // namespace mpm
