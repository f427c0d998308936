#pragma once

#include "mpm/base/time.hpp"

namespace mpm {

/// A moment like any other, for tests in which time does not pass by itself.
inline constexpr Instant noon{std::chrono::hours{12}};

}  // namespace mpm
