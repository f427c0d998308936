#pragma once

#include "mpm/ports/child_records.hpp"

#include <httpd.h>

namespace mpm::httpd {

/// The control process' side of httpd's scoreboard. Every child can write all of it, and the control process
/// may be root: what it reads there it counts or takes for a yes or no, never for a size, an index or a
/// pointer.
class ChildRecordsImage final : public ChildRecords {
 public:
  /// How many threads a child has, and how many worker slots a row.
  struct Threads {
    int per_child;
    int limit;
  };
  ChildRecordsImage(server_rec* server, const Threads& threads) noexcept
      : server_(server), threads_(threads) {}

  void enter(int slot, int pid, int generation) noexcept override;
  void exited(int slot, int pid, int generation) noexcept override;
  void give_up(int slot, int pid, int generation) noexcept override;
  void exited_without_row(int pid, int generation) noexcept override;
  void mark_draining(int slot) noexcept override;
  [[nodiscard]] ThreadCount threads(int slot) const noexcept override;
  [[nodiscard]] bool is_accepting(int slot) const noexcept override;
  [[nodiscard]] bool is_draining(int slot) const noexcept override;

  /// The children of this generation are those that should serve now.
  static void show_generation(int generation) noexcept;
  /// Enters a child that the scoreboard has forgotten, because it was made anew.
  static void restore(int slot, int pid, int generation) noexcept;

 private:
  void mark_dead(int slot) const noexcept;
  static void clear(int slot) noexcept;

  server_rec* const server_;
  const Threads threads_;
};

}  // namespace mpm::httpd
