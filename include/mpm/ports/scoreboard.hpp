#pragma once

#include "mpm/base/role.hpp"
#include "mpm/policy/ledger.hpp"

namespace mpm {

/// What a worker's slot shows while no connection is in it.
enum class WorkerStatus {
  Dead,
  Starting,
  Ready,
  Draining,  ///< idle or finishing in a child that drains
};

/// This child's part of the scoreboard. A worker's slot is written by its worker; by main for as long as it
/// has no thread; and by the listener once, when the child begins to drain. Of two at once either may win:
/// the slots are for display, and for the parent's counts.
class Scoreboard {
 public:
  /// The columns of this child's process record; they stay valid for the life of the child.
  [[nodiscard]] virtual Ledger::Columns columns() noexcept = 0;

  /// The caller's process id, thread id and generation go into this slot.
  virtual void sign_in(int thread_slot) noexcept = 0;
  virtual void show(int thread_slot, WorkerStatus status) noexcept = 0;

  enum class Accepting { Yes, No };
  /// Listener only.
  virtual void show_accepting(Accepting accepting) noexcept = 0;

  /// Listener only, once: tells the parent that this child accepts connections.
  virtual void show_serving() noexcept = 0;

  enum class Reason { Asked, Shortage };
  /// Listener only, once: this child serves what it has and then ends. Tells the parent at once; after a
  /// Shortage it does better not to replace it at once.
  virtual void show_draining(Reason reason) noexcept = 0;

  /// Main thread, once: this child goes on without its row, and all of its threads with it. What it writes
  /// from now on nobody sees, and what it reads is as of this moment. Tells the parent; if that is not
  /// possible here, it tells that, and everything stays as it was.
  virtual void give_up_row(const OnMain& here) noexcept = 0;

  /// How many children of the server are not on their way out, this one too unless it is, or unless the
  /// control process has yet to enter it. Reads every process record.
  [[nodiscard]] virtual int children_serving() const noexcept = 0;

 protected:
  ~Scoreboard() = default;
};

}  // namespace mpm
