#pragma once

#include "mpm/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace mpm {

/// What carries the requests of a connection.
enum class Transport { Plain, Tls };

/// Lets clients that wait to be accepted have their turn when those that were accepted are all busy: when the
/// limit has held the gate for longer than `patience`, a few answers at each step say that they are the last
/// on their connection (Connection: close), so that no request is lost and nobody waits for ever. At first
/// one per step, then twice as many at each until the gate opens, so that little is closed in vain; but for
/// that one, no more than the answers before have earned, as a new connection costs as much as many. Clients
/// whose turn is over come back at once, so a gate that is held again soon needs no patience. Idle
/// connections stay. Not synchronised: it belongs to LastAnswers.
class Turnover {
 public:
  /// As long as EvictionPolicy's endurance.
  static constexpr Duration patience = std::chrono::milliseconds{250};
  static constexpr Duration step = std::chrono::milliseconds{10};
  static constexpr int most = 16;
  /// What a last answer costs, but for the one that each step has in any case.
  static constexpr int price = 64;
  /// What an answer earns towards that. A new connection costs the machine as much as five answers, with TLS
  /// as much as fifteen (docs/adr/0015): there a last answer takes 64 answers or more, without TLS 16.
  static constexpr int worth(Transport transport) noexcept { return transport == Transport::Tls ? 1 : 4; }

  /// The gate is open, or nobody is left behind it.
  void open() noexcept { next_.reset(); }

  /// The gate is held. Is it time for another step, if anybody waits?
  [[nodiscard]] bool held(Instant now) noexcept {
    if (!next_) {
      next_ = now + (now < impatient_until_ ? step : patience);
      allowed_ = 1;
    }
    return now >= *next_;
  }

  /// Takes that step; so much has been earned since the one before. How many last answers to allow from now
  /// on.
  [[nodiscard]] int allow(Instant now, int earned) noexcept {
    next_ = now + step;
    impatient_until_ = now + patience;
    allowed_ = std::clamp(earned / price, 1, allowed_);
    return std::exchange(allowed_, std::min(2 * allowed_, most));
  }

  /// When the next step is; absent if none will come.
  [[nodiscard]] std::optional<Instant> next() const noexcept { return next_; }

 private:
  std::optional<Instant> next_;
  Instant impatient_until_ = Instant::min();
  int allowed_ = 1;
};

}  // namespace mpm
