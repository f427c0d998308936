#include "os/steady_clock.hpp"

#include <chrono>

namespace mpm::os {

Instant SteadyClock::now() const noexcept {
  return Instant{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

}  // namespace mpm::os
