#pragma once

#include "mpm/ports/child_records.hpp"

#include <httpd.h>

namespace mpm::httpd {

/// The control process' side of httpd's scoreboard.
class ChildRecordsImage final : public ChildRecords {
 public:
  ChildRecordsImage(server_rec* server, int threads_per_child) noexcept
      : server_(server), threads_per_child_(threads_per_child) {}

  void enter(int slot, int pid, int generation) noexcept override;
  void leave(int slot, int pid, int generation) noexcept override;
  void give_up(int slot, int pid, int generation) noexcept override;
  void forget(int pid, int generation) noexcept override;
  void mark_draining(int slot) noexcept override;
  [[nodiscard]] ThreadCount threads(int slot) const noexcept override;
  [[nodiscard]] Accepting accepting(int slot) const noexcept override;
  [[nodiscard]] Leaving leaving(int slot) const noexcept override;

  /// The children of this generation are those that should serve now.
  static void show_generation(int generation) noexcept;
  /// Enters a child that the scoreboard has forgotten, because it was made anew.
  static void restore(int slot, int pid, int generation) noexcept;

 private:
  static void mark_dead(int slot) noexcept;
  static void clear(int slot) noexcept;

  server_rec* const server_;
  const int threads_per_child_;
};

}  // namespace mpm::httpd
