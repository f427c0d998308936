#pragma once

#include "mpm/base/time.hpp"

#include <chrono>

namespace mpm {

/// How long a connection whose next request is there already may keep its worker while others wait. Short
/// against what a person notices, and long against the cost of a change: some eight small files.
inline constexpr Duration turn_of_a_connection = std::chrono::microseconds{250};

/// Has a connection that a worker took at `taken` had its turn? Pure; any thread.
constexpr bool has_had_its_turn(Instant taken, Instant now) noexcept {
  return now - taken >= turn_of_a_connection;
}

}  // namespace mpm
