#pragma once

#include "mpm/policy/number.hpp"

namespace mpm {

/// What decides whether one more connection may be accepted.
struct Load {
  int open;     ///< connections of this child, closing ones included
  int closing;  ///< of these, the ones in lingering close
  int idle;     ///< workers without work, less the work that waits for one
};

/// Whether one more may be accepted, and if not, why.
enum class Gate {
  Open,
  HeldBusy,  ///< no worker is idle
  HeldFull,  ///< as many connections are open as the idle workers allow
};

/// The documented limit, exactly (httpd manual, AsyncRequestWorkerFactor): accept while the open connections,
/// not counting closing ones, are fewer than ThreadsPerChild + AsyncRequestWorkerFactor * idle workers. Pure;
/// any thread.
constexpr Gate admit(const Load& load, int threads_per_child, Factor per_idle) noexcept {
  if (load.idle <= 0) return Gate::HeldBusy;
  return load.open - load.closing < threads_per_child + per_idle.allowance(load.idle) ? Gate::Open
                                                                                      : Gate::HeldFull;
}

}  // namespace mpm
