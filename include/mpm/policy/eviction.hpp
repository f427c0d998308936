#pragma once

#include "mpm/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

namespace mpm {

/// Which kept-alive connections may be closed before their time: only quiet ones, oldest first, and only
/// while it helps. (nginx closes at most 32 at a time; H2O those idle for a minimum age.) Under load it helps
/// when clients wait for a place and nobody is idle, and only if that lasts: a burst of a few milliseconds
/// evicts nobody. A request that waits for a worker is not served any sooner by it. A child that drains
/// evicts whatever is quiet. Not synchronised: it belongs to the listener.
class EvictionPolicy {
 public:
  /// A client that sends its next request within this time of the last answer is not quiet.
  static constexpr Duration quiet_time = std::chrono::milliseconds{250};
  /// How long the pressure must have lasted.
  static constexpr Duration endurance = quiet_time;
  /// No more than this at a time. Under load the next ones have their turn when workers have closed these,
  /// and if it still helps.
  static constexpr std::size_t batch = 32;
  /// How soon to look again whether they have.
  static constexpr Duration pace = std::chrono::milliseconds{10};

  struct Pressure {
    bool clients_wait;  ///< to be accepted
    int idle;           ///< workers without work
    int to_be_closed;   ///< connections that hold a place and wait for a worker to close them
    bool draining;      ///< the child is on its way out
  };

  /// From when on a connection that was parked at `parked` is quiet.
  static constexpr Instant quiet_from(Instant parked) noexcept { return parked + quiet_time; }

  /// What the listener sees at this turn.
  void look(const Pressure& pressure, Instant now) noexcept {
    not_before_ = Instant::min();
    if (pressure.draining) {
      since_ = Instant::min();
      return;
    }
    if (pressure.to_be_closed > 0) not_before_ = now + pace;
    if (!pressure.clients_wait || pressure.idle > 0) {
      since_.reset();
    } else if (!since_) {
      since_ = now;
    }
  }

  /// May quiet connections be evicted now, those that were parked at now - quiet_time or before?
  [[nodiscard]] bool may_evict(Instant now) const noexcept {
    return since_ && *since_ + endurance <= now && not_before_ <= now;
  }

  /// When there will be something to evict if all stays as it is and the oldest connection was parked at
  /// `parked`.
  [[nodiscard]] std::optional<Instant> next(std::optional<Instant> parked) const noexcept {
    if (!since_ || !parked) return std::nullopt;
    return std::max({*since_ + endurance, quiet_from(*parked), not_before_});
  }

 private:
  std::optional<Instant> since_;
  Instant not_before_ = Instant::min();
};

}  // namespace mpm
