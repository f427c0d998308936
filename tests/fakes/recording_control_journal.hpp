#pragma once

#include "mpm/ports/control_journal.hpp"

#include <string>
#include <vector>

namespace mpm {

/// Keeps what it is told, one line for each event.
class RecordingControlJournal final : public ControlJournal {
 public:
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[nodiscard]] int count(const std::string& line) const;

  void child_started(const ChildName& child, const Headcount& now) noexcept override;
  void child_draining(const ChildName& child, const Headcount& now) noexcept override;
  void child_gave_up_row(const ChildName& child, const Headcount& now) noexcept override;
  void child_stopped(const ChildName& child, const Headcount& now, Farewell how) noexcept override;
  void fork_failed(Status why) noexcept override;
  void fatal_child_ignored(int pid) noexcept override;
  void unknown_child(int pid) noexcept override;
  void successive_crashes() noexcept override { lines_.push_back("successive crashes"); }
  void giving_up_on_sick_children() noexcept override { lines_.push_back("giving up"); }
  void saturated(Saturated how) noexcept override;
  void scoreboard_full() noexcept override { lines_.push_back("scoreboard full"); }
  void spawning_fast(const Fork& fork, const Census& census) noexcept override;
  void active_limit_reached(const Headcount& now) noexcept override;
  void too_many_idle(Retiring when, const Headcount& now, int idle_threads) noexcept override;
  void resuming_operations() noexcept override { lines_.push_back("resuming"); }
  void stopping() noexcept override { lines_.push_back("stopping"); }
  void stopping_gracefully() noexcept override { lines_.push_back("stopping gracefully"); }
  void restarting() noexcept override { lines_.push_back("restarting"); }
  void restarting_gracefully() noexcept override { lines_.push_back("restarting gracefully"); }
  void child_outstays(int pid) noexcept override;
  void killing_child(int pid) noexcept override;
  void cannot_end_child(int pid) noexcept override;

 private:
  std::vector<std::string> lines_;
};

}  // namespace mpm
