#pragma once

#include "mpm/policy/control_memory.hpp"

#include <span>

namespace mpm::apr {

/// Has this process children that sit in none of these seats? By /proc/PID/task/TID/children, which lists
/// those that its main thread has forked (proc_pid_task(5)); true where there is no such file. Control
/// process only, on its main thread.
[[nodiscard]] bool has_children_besides(std::span<const Seat> seats) noexcept;

}  // namespace mpm::apr
