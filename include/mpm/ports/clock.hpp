#pragma once

#include "mpm/base/time.hpp"

namespace mpm {

/// The only way to learn what time it is. Any thread.
class Clock {
 public:
  [[nodiscard]] virtual Instant now() const noexcept = 0;

 protected:
  ~Clock() = default;
};

}  // namespace mpm
