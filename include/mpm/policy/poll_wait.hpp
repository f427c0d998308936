#pragma once

#include "mpm/base/time.hpp"

#include <chrono>
#include <optional>

namespace mpm {

/// How long the listener may sleep when the next thing is due at `next`: rounded up to the poller's
/// milliseconds, because waking early would only make it spin. Nothing when nothing is due: sleep until
/// woken. Pure; any thread.
constexpr std::optional<std::chrono::milliseconds> poll_wait(Instant now,
                                                             std::optional<Instant> next) noexcept {
  if (!next) return std::nullopt;
  if (*next <= now) return std::chrono::milliseconds::zero();
  return std::chrono::ceil<std::chrono::milliseconds>(*next - now);
}
static_assert(poll_wait(Instant{}, Instant{Duration{1}}) == std::chrono::milliseconds{1});

/// The earlier of two moments, either of which may be absent.
constexpr std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) noexcept {
  if (!a) return b;
  if (!b) return a;
  return *a < *b ? a : b;
}

}  // namespace mpm
