#pragma once

#include "mpm/policy/limits.hpp"

#include <cstdint>

namespace mpm {

/// One place for a child process, and the control process' own record of who sits there. This record, not the
/// scoreboard, is the truth about pids: a child can write to the scoreboard. Plain data; it lives longer than
/// the code (see ControlMemory).
struct Seat {
  enum class Phase : std::int32_t {
    Starting,  ///< forked, has not said yet that it accepts connections
    Serving,
    Draining,  ///< has said that it finishes what it has and takes no more
  };

  int pid = 0;  ///< 0: free
  int generation = 0;
  int lifeline = -1;  ///< read end of the pipe on which this child speaks; -1: it has none
  Phase phase = Phase::Starting;

  [[nodiscard]] constexpr bool taken() const noexcept { return pid != 0; }
};

/// What the control process must still know after httpd has unloaded and reloaded this module. Plain data
/// without pointers to code.
struct ControlMemory {
  Pinned pinned;
  int seats_used = 0;          ///< one more than the highest seat that is taken
  int sick_child_seen = 0;     ///< a child ended for want of a resource, and none has been seen healthy since
  int healthy_child_seen = 0;  ///< once a child had all its threads: this server can work at all
  int sick_in_a_row = 0;       ///< so many children fell sick, without a minute in which none did
  int saturation_reported = 0;  ///< AH00484 has been said
  int near_limit_reported = 0;  ///< AH10159 has been said
  int hold_off = 0;  ///< spawning steps that do not double the rate (set to 10 by a graceful restart)
};

}  // namespace mpm
