#pragma once

#include "mpm/base/time.hpp"

#include <ctime>

namespace mpm::httpd {

/// As ppoll(2) wants it.
inline timespec to_timespec(Duration duration) noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  const auto rest = std::chrono::nanoseconds(duration - seconds);
  return {.tv_sec = seconds.count(), .tv_nsec = static_cast<long>(rest.count())};
}

}  // namespace mpm::httpd
