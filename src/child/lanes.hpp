#pragma once

#include "child/connection.hpp"
#include "mpm/base/list.hpp"
#include "mpm/base/time.hpp"
#include "mpm/policy/timer_heap.hpp"

#include <optional>
#include <variant>

namespace mpm {

/// What a worker takes from the run queue.
using Work = std::variant<TimerPtr, ConnectionPtr>;

/// Ready work, first in first out. Of a closing and a request the one that has waited longer goes first; due
/// timers go before both. Owns what is in it. Not synchronised: it lives in the roster.
class Lanes {
 public:
  Lanes() = default;
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  void add(ConnectionPtr connection, Instant now) noexcept;
  void add(TimerPtr timer, Instant now) noexcept;
  /// The next work, or nothing.
  [[nodiscard]] std::optional<Work> next() noexcept;

  [[nodiscard]] int waiting() const noexcept;
  /// Of these, the ones that are no closings.
  [[nodiscard]] int requests() const noexcept;
  /// Of what waits, the connections that hold a place which another client could have, until a worker begins
  /// to close them. Who lingers holds none.
  [[nodiscard]] int to_be_closed() const noexcept { return to_be_closed_; }
  /// When the one that has waited longest was added.
  [[nodiscard]] std::optional<Instant> oldest() const noexcept;

 private:
  using Lane = List<Connection, &Connection::in_lane>;

  [[nodiscard]] Lane* next_lane() noexcept;

  List<Timer, &Timer::in_lane> timers_;
  Lane requests_;
  Lane closings_;
  int to_be_closed_ = 0;
};

}  // namespace mpm
