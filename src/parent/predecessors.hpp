#pragma once

#include "mpm/ports/death_pipe.hpp"
#include "parent/child_table.hpp"

#include <span>

namespace mpm {

/// The children that a graceful restart found at work. They go on accepting until those that replace them do,
/// so that no request waits for a child (docs/adr/0014). Control process only.
class Predecessors {
 public:
  Predecessors(ChildTable& children, std::span<DeathPipe* const> pods) noexcept
      : children_(children), pods_(pods) {}

  enum class Seats { Enough, Short };
  /// Dismisses them if their successors serve, or cannot be started before they leave.
  void dismiss_if_relieved(Seats seats) noexcept;
  /// Once a second: dismisses them as soon as there is any successor. If none can be started, or each falls
  /// sick, they stay for a while: it may be that they hold what it needs.
  void tick() noexcept;
  /// Asks them to leave now. Has no effect the second time.
  void dismiss() noexcept;
  /// Whether there is a successor, or soon will be.
  [[nodiscard]] bool relieved() const noexcept;

 private:
  static constexpr int ticks_without_successor = 10;

  /// Whether there is a successor in this phase.
  [[nodiscard]] bool any(Seat::Phase successor) const noexcept;

  ChildTable& children_;
  std::span<DeathPipe* const> pods_;
  int ticks_ = 0;
};

}  // namespace mpm
