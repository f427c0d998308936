#pragma once

#include "mpm/ports/thread_states.hpp"

namespace mpm::os {

/// Linux: the state letter in /proc/self/task/TID/stat (proc(5)), one open, read and close. Elsewhere, and
/// where /proc is not mounted, no thread is known to want a processor.
class ProcThreadStates final : public ThreadStates {
 public:
  [[nodiscard]] ThreadId self() const noexcept override;
  [[nodiscard]] bool wants_processor(ThreadId thread) const noexcept override;
};

}  // namespace mpm::os
