#pragma once

#include "mpm/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace mpm {

/// The longest sleep: epoll_wait(2) and poll(2) take an int of milliseconds, 24.8 days. To wake once a day
/// for something that is farther away costs nothing.
inline constexpr std::chrono::milliseconds longest_poll_wait = std::chrono::hours{24};

/// How long the listener may sleep when the next thing is due at `next`: rounded up to the poller's
/// milliseconds, because waking early would only make it spin. Nothing when nothing is due: sleep until
/// woken. Pure; any thread.
constexpr std::optional<std::chrono::milliseconds> poll_wait(Instant now,
                                                             std::optional<Instant> next) noexcept {
  if (!next) return std::nullopt;
  if (*next <= now) return std::chrono::milliseconds::zero();
  return std::min(std::chrono::ceil<std::chrono::milliseconds>(*next - now), longest_poll_wait);
}
static_assert(poll_wait(Instant{}, Instant{Duration{1}}) == std::chrono::milliseconds{1});

/// The earlier of two moments, either of which may be absent.
constexpr std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) noexcept {
  if (!a) return b;
  if (!b) return a;
  return *a < *b ? a : b;
}

}  // namespace mpm
