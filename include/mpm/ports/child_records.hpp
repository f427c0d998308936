#pragma once

namespace mpm {

/// The threads of one child as its scoreboard records show them. A child writes them, so they are only
/// counted.
struct ThreadCount {
  int idle = 0;     ///< without work, or in reserve
  int reserve = 0;  ///< there is no thread yet, but one is started when somebody needs it
  int active = 0;   ///< there is a thread, idle or serving, and not finishing
  int vacant = 0;   ///< there is no thread, and perhaps none to be had
};

/// The control process' view of the scoreboard. Control process only; slots are in range.
class ChildRecords {
 public:
  /// A child has been forked there: enters pid and generation and runs the child_status hook.
  virtual void enter(int slot, int pid, int generation) noexcept = 0;
  /// The child there has been collected: its threads are dead, the hook is run, the record is free.
  virtual void exited(int slot, int pid, int generation) noexcept = 0;
  /// The child there goes on without the record, and has said that it will never write to it again: it is
  /// cleared, the hook is run, the record is free.
  virtual void give_up(int slot, int pid, int generation) noexcept = 0;
  /// A child that had given up its record has been collected.
  virtual void exited_without_row(int pid, int generation) noexcept = 0;
  /// The child there is known to drain.
  virtual void mark_draining(int slot) noexcept = 0;

  [[nodiscard]] virtual ThreadCount threads(int slot) const noexcept = 0;
  /// What the child there says in its record: whether it accepts connections, and whether it drains.
  [[nodiscard]] virtual bool is_accepting(int slot) const noexcept = 0;
  [[nodiscard]] virtual bool is_draining(int slot) const noexcept = 0;

 protected:
  ~ChildRecords() = default;
};

}  // namespace mpm
