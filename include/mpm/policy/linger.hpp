#pragma once

#include "mpm/base/time.hpp"

#include <chrono>

namespace mpm {

/// How long a connection may linger after our side was shut down: the manual's MAX_SECS_TO_LINGER (30 s), or
/// 2 s when a module asked for a short one, when the connection timed out, or when the child is on its way
/// out.
enum class Linger { Normal, Short };

inline constexpr Duration normal_linger = std::chrono::seconds{30};
inline constexpr Duration short_linger = std::chrono::seconds{2};

constexpr Duration linger_time(Linger kind) noexcept {
  return kind == Linger::Short ? short_linger : normal_linger;
}

/// The deadline of a connection that was given until `deadline` when its child was still running, now that
/// the child is draining: never more than a short linger from `now`, never later than before. Pure; any
/// thread.
constexpr Instant hurried(Instant deadline, Instant now) noexcept {
  return deadline < now + short_linger ? deadline : now + short_linger;
}

}  // namespace mpm
