#pragma once

#include "mpm/base/status.hpp"
#include "mpm/policy/spawn_policy.hpp"

namespace mpm {

/// How many children there are, against what is allowed.
struct Headcount {
  int active = 0;  ///< of this generation and not draining
  int active_limit = 0;
  int total = 0;
  int seats_used = 0;
  int server_limit = 0;

  friend constexpr bool operator==(const Headcount&, const Headcount&) = default;
};

/// A child as log lines name it.
struct ChildName {
  int slot = 0;
  int pid = 0;
  int generation = 0;
};

/// Every event of the control process that is worth a log line. Wording, level and number are the adapter's.
class ControlJournal {
 public:
  virtual void child_started(const ChildName& child, const Headcount& now) noexcept = 0;
  virtual void child_draining(const ChildName& child, const Headcount& now) noexcept = 0;
  virtual void child_gave_up_row(const ChildName& child, const Headcount& now) noexcept = 0;
  enum class Farewell { Announced, Sudden };
  virtual void child_stopped(const ChildName& child, const Headcount& now, Farewell how) noexcept = 0;
  virtual void fork_failed(Status why) noexcept = 0;

  virtual void fatal_child_ignored(int pid) noexcept = 0;
  virtual void unknown_child(int pid) noexcept = 0;
  virtual void successive_crashes() noexcept = 0;
  virtual void giving_up_on_sick_children() noexcept = 0;

  virtual void saturated(Saturated how) noexcept = 0;
  virtual void scoreboard_full() noexcept = 0;
  virtual void spawning_fast(const Fork& fork, const Census& census) noexcept = 0;
  virtual void active_limit_reached(const Headcount& now) noexcept = 0;
  enum class Retiring { Now, NotYet };
  virtual void too_many_idle(Retiring when, const Headcount& now, int idle_threads) noexcept = 0;

  virtual void resuming_operations() noexcept = 0;
  virtual void stopping() noexcept = 0;
  virtual void stopping_gracefully() noexcept = 0;
  virtual void restarting() noexcept = 0;
  virtual void restarting_gracefully() noexcept = 0;
  virtual void child_outstays(int pid) noexcept = 0;
  virtual void killing_child(int pid) noexcept = 0;
  virtual void cannot_end_child(int pid) noexcept = 0;

 protected:
  ~ControlJournal() = default;
};

}  // namespace mpm
