#pragma once

#include "mpm/policy/limits.hpp"

#include <cstdint>

namespace mpm {

/// One place for a child process, and the control process' own record of who sits there. This record, not the
/// scoreboard, is the truth about pids: a child can write to the scoreboard. The first ServerLimit of them
/// are the rows of the scoreboard. In those behind them stand children that have given up their row to a
/// younger one (docs/adr/0021). Plain data; it lives longer than the code (see ControlMemory).
struct Seat {
  enum class Phase : std::int32_t {
    Starting,  ///< forked, has not said yet that it accepts connections
    Serving,
    Draining,  ///< has said that it finishes what it has and takes no more
  };
  /// Whether a child that drains goes on without its row.
  enum class Row : std::int32_t {
    Held,     ///< nobody has asked for it
    Wanted,   ///< it has been asked to give it up
    Overdue,  ///< it has been asked, and a tick of the clock has passed since
    Refused,  ///< it cannot
    GivenUp,  ///< it has: it stands behind the rows
  };

  int pid = 0;  ///< 0: free
  int generation = 0;
  int slot = 0;       ///< its row, or the one it has given up
  int number = 0;     ///< unlike that of any other living child
  int lifeline = -1;  ///< our end of the socket on which this child speaks; -1: it has none
  Phase phase = Phase::Starting;
  Row row = Row::Held;

  [[nodiscard]] constexpr bool taken() const noexcept { return pid != 0; }
};

/// How many places there are: each row's child may have one predecessor that gave the row up.
constexpr int places_for(int server_limit) noexcept { return 2 * server_limit; }

/// What the control process must still know after httpd has unloaded and reloaded this module. Plain data
/// without pointers to code.
struct ControlMemory {
  Pinned pinned;
  int seats_used = 0;          ///< one more than the highest place that is taken
  int sick_child_seen = 0;     ///< a child ended for want of a resource, and none has been seen healthy since
  int healthy_child_seen = 0;  ///< once a child served, or had all its threads: this server can work at all
  int sick_in_a_row = 0;       ///< so many children fell sick, without a minute in which none did
  int saturation_reported = 0;  ///< AH00484 has been said
  int near_limit_reported = 0;  ///< AH10159 has been said
  int hold_off = 0;  ///< spawning steps that do not double the rate (set to 10 by a graceful restart)
};

}  // namespace mpm
