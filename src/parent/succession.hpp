#pragma once

#include "mpm/base/time.hpp"
#include "mpm/ports/clock.hpp"
#include "mpm/ports/control_journal.hpp"
#include "mpm/ports/death_pipe.hpp"
#include "mpm/ports/processes.hpp"
#include "mpm/ports/server_presence.hpp"
#include "parent/child_table.hpp"
#include "parent/reaper.hpp"

#include <optional>
#include <span>

namespace mpm {

/// How this configuration ends. Control process only.
class Succession {
 public:
  struct Tools {
    ChildTable& children;
    Processes& processes;
    Reaper& reaper;
    const Clock& clock;
    ControlJournal& journal;
    ServerPresence& presence;
    std::span<DeathPipe* const> pods;  ///< of this generation, one per bucket
  };
  explicit Succession(const Tools& tools) noexcept : tools_(tools) {}

  /// Fatal: not because somebody asked; the pid file stays, as a trace.
  enum class Cause { Asked, Fatal };

  void stop(Cause cause) noexcept;
  /// Waits until every child has finished, but not beyond `patience`, and not when stop() is asked for
  /// meanwhile.
  void stop_gracefully(Cause cause, std::optional<Duration> patience) noexcept;
  /// Every child is gone when this returns, or cannot be ended.
  void restart() noexcept;
  /// The children stay; the next configuration dismisses them (Predecessors). If modules have processes that
  /// end with this configuration, waits for up to 1 s until no child accepts any more, and then for 0.3 s for
  /// the requests in progress (docs/adr/0024).
  void restart_gracefully() noexcept;

 private:
  void ask_all(DeathPipe::Request request) noexcept;
  void shut_the_doors() noexcept;
  /// Listens to children as long as this holds, but not beyond `at_most`, and not if another order comes.
  void listen_while(bool (Succession::*holds)() const noexcept, Duration at_most) noexcept;
  [[nodiscard]] bool anybody_accepts() const noexcept;
  [[nodiscard]] bool anybody_lives() const noexcept;
  /// A child of this generation, as far as its lifeline tells.
  [[nodiscard]] bool lives(const Seat& seat) const noexcept;
  void end_children() noexcept;
  enum class Measure { Terminate, TerminateAgain, Kill, GiveUp };
  void take(Measure measure) noexcept;
  void wait_for_exits(Instant until) noexcept;
  [[nodiscard]] bool anybody_left() const noexcept { return tools_.children.count() > 0; }

  const Tools tools_;
};

}  // namespace mpm
