#include "os/steady_clock.hpp"

#include <ctime>

#include <gtest/gtest.h>

namespace mpm::os {
namespace {

Instant kernels_monotonic_time() {
  timespec read{};
  ::clock_gettime(CLOCK_MONOTONIC, &read);
  const auto since_boot = std::chrono::seconds(read.tv_sec) + std::chrono::nanoseconds(read.tv_nsec);
  return Instant{std::chrono::duration_cast<Duration>(since_boot)};
}

TEST(SteadyClock, ReadsTheKernelsMonotonicTime) {
  const SteadyClock clock;
  const Instant before = kernels_monotonic_time();
  const Instant now = clock.now();
  const Instant after = kernels_monotonic_time();
  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
}

}  // namespace
}  // namespace mpm::os
