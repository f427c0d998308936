#pragma once

#include "mpm/ports/clock.hpp"

namespace mpm::os {

/// CLOCK_MONOTONIC. Any thread.
class SteadyClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override;
};

}  // namespace mpm::os
