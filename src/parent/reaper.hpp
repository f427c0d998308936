#pragma once

#include "mpm/policy/child_exit.hpp"
#include "mpm/ports/control_journal.hpp"
#include "mpm/ports/processes.hpp"
#include "parent/child_table.hpp"
#include "parent/maintenance.hpp"

#include <vector>

namespace mpm {

/// Collects the processes that have ended and hears what children say: frees seats, lets maintenance know
/// what is missing, and gives modules their own. Control process only.
class Reaper {
 public:
  /// A child whose pid no seat knows is worth a word only if a generation was here before.
  enum class Strangers { Expected, Noted };

  struct Tools {
    ChildTable& children;
    Processes& processes;
    ControlJournal& journal;
  };
  Reaper(const Tools& tools, Maintenance& maintenance, Strangers strangers) noexcept
      : tools_(tools), maintenance_(maintenance), strangers_(strangers) {}

  enum class Verdict { GoOn, Fatal };
  /// Sleeps until something happens, at most for so long, and not if there is an order other than the `known`
  /// one; then hears and collects all there is. Fatal: a child of this generation cannot work, so no other
  /// one could.
  [[nodiscard]] Verdict wait_and_collect(Duration at_most, Order known) noexcept;
  /// The same, but collects nobody: that is left to the next configuration.
  void listen(Duration at_most, Order known) noexcept;

 private:
  // A process closes its descriptors a moment before it can be collected, usually some microseconds. A child
  // that has only closed its lifeline must not keep the control process busy for long.
  static constexpr int most_looks = 20;

  void hear(const Message& message) noexcept;
  [[nodiscard]] Verdict collect(const Death& death) noexcept;
  [[nodiscard]] Verdict collect_child(int index, const Death& death) noexcept;
  void collect_stranger(const Death& death) noexcept;
  /// Those whose end next_death() will never tell of, because somebody else has collected them.
  void collect_lost() noexcept;
  void tell_maintenance(const Seat& seat, Consequence what, const Death& death) noexcept;

  const Tools tools_;
  Maintenance& maintenance_;
  const Strangers strangers_;
  std::vector<Death> deaths_;
  // How often to look again soon, for those that hung up. Some may have done so before this configuration
  // (listen()): they wake nobody any more.
  int looks_ = most_looks;
};

}  // namespace mpm
