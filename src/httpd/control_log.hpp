#pragma once

#include "mpm/ports/control_journal.hpp"

#include <httpd.h>

namespace mpm::httpd {

/// The control process' log: level, number and wording of each event. Numbers, levels and the words that log
/// matchers look for are stock's. The lines on children have the form that httpd's own tests parse.
class ControlLog final : public ControlJournal {
 public:
  ControlLog(apr_pool_t* plog, server_rec* server) noexcept : plog_(plog), server_(server) {}

  void child_started(const ChildName& child, const Headcount& now) noexcept override;
  void child_draining(const ChildName& child, const Headcount& now) noexcept override;
  void child_gave_up_row(const ChildName& child, const Headcount& now) noexcept override;
  void child_stopped(const ChildName& child, const Headcount& now, Farewell how) noexcept override;
  void fork_failed(Status why) noexcept override;

  void fatal_child_ignored(int pid) noexcept override;
  void unknown_child(int pid) noexcept override;
  void successive_crashes() noexcept override;
  void giving_up_on_sick_children() noexcept override;

  void saturated(Saturated how) noexcept override;
  void scoreboard_full() noexcept override;
  void spawning_fast(const Fork& fork, const Census& census) noexcept override;
  void active_limit_reached(const Headcount& now) noexcept override;
  void too_many_idle(Retiring when, const Headcount& now, int idle_threads) noexcept override;

  void resuming_operations() noexcept override;
  void stopping() noexcept override;
  void stopping_gracefully() noexcept override;
  void restarting() noexcept override;
  void restarting_gracefully() noexcept override;
  void child_outstays(int pid) noexcept override;
  void killing_child(int pid) noexcept override;
  void cannot_end_child(int pid) noexcept override;

 private:
  apr_pool_t* const plog_;
  server_rec* const server_;
};

}  // namespace mpm::httpd
