#pragma once

#include "mpm/base/time.hpp"
#include "mpm/policy/repeats.hpp"
#include "mpm/ports/clock.hpp"
#include "mpm/ports/control_journal.hpp"
#include "mpm/ports/processes.hpp"
#include "parent/child_table.hpp"

namespace mpm {

/// Starts children. After a fork that failed none is tried for half a second, and nobody waits for that.
/// Control process only.
class Nursery {
 public:
  static constexpr Duration rest_after_failure = std::chrono::milliseconds{500};

  Nursery(ChildTable& children, Processes& processes, const Clock& clock, ControlJournal& journal) noexcept
      : children_(children), processes_(processes), clock_(clock), journal_(journal) {}

  /// Starts up to `wanted` children in free seats of the bucket. Returns how many it has started. For those
  /// that find no seat, children that drain are asked to give up theirs.
  int fork_in_bucket(int bucket, int wanted) noexcept;

  /// The same, each in the bucket that has the fewest of this generation.
  int fork_anywhere(int wanted) noexcept;

 private:
  /// False if it failed, or one before it has a moment ago.
  [[nodiscard]] bool fork_into(int slot) noexcept;
  void ask_for_rows(int bucket, int wanted) noexcept;
  void ask_for_rows_anywhere(int wanted) noexcept;
  [[nodiscard]] std::optional<int> emptiest_seat() const noexcept;

  ChildTable& children_;
  Processes& processes_;
  const Clock& clock_;
  ControlJournal& journal_;
  Instant not_before_{};
  Repeats failures_;
};

}  // namespace mpm
