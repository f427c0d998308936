#pragma once

#include "httpd/lifeline.hpp"
#include "httpd/scoreboard_rows.hpp"
#include "mpm/ports/scoreboard.hpp"

#include <cstddef>

#include <httpd.h>

#include <scoreboard.h>

namespace mpm::httpd {

/// Is this the record of a child that is not on its way out? It belongs to a process that may change it
/// meanwhile: a guess.
constexpr bool serves(const process_score& child) noexcept { return child.pid != 0 && !child.quiescing; }

/// This child's process record and worker slots in httpd's scoreboard, and its lifeline to the parent.
class ScoreboardImage final : public mpm::Scoreboard {
 public:
  /// The row of this child, and how many rows there are.
  struct Row {
    int slot;
    int of;
  };
  /// Before the child has a second thread.
  ScoreboardImage(const Row& row, int generation, Lifeline lifeline) noexcept;

  [[nodiscard]] Ledger::Columns columns() noexcept override;
  void sign_in(int thread_slot) noexcept override;
  void show(int thread_slot, WorkerStatus status) noexcept override;
  void show_accepting(Accepting accepting) noexcept override;
  void show_serving() noexcept override;
  void show_draining(Reason reason) noexcept override;
  void give_up_row(const OnMain& here) noexcept override;
  [[nodiscard]] int children_serving() const noexcept override;

 private:
  [[nodiscard]] process_score& record() const noexcept { return record_of(process_slot_); }

  int process_slot_;
  int rows_;
  int generation_;
  Lifeline lifeline_;
  std::size_t bytes_;  ///< of the whole scoreboard
};

}  // namespace mpm::httpd
