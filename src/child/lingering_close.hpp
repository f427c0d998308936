#pragma once

#include "child/connection.hpp"
#include "mpm/base/role.hpp"
#include "mpm/ports/clock.hpp"

#include <chrono>

namespace mpm {

/// Ends a connection so that its last response arrives whole: flush, shut our side down, then drain what the
/// client still sends, without blocking, until it closes too or its time is over (RFC 9112, 9.6: a close with
/// unread data makes TCP reset the connection, and the client loses what it had not yet read). A client that
/// goes on sending is drained now and then only, and TCP holds it back meanwhile: it must not have a worker
/// to itself (ADR 26).
class LingeringClose {
 public:
  explicit LingeringClose(const Clock& clock) noexcept : clock_(clock) {}

  /// How long nobody looks at a client that has sent something.
  static constexpr Duration rest = std::chrono::milliseconds{10};

  /// Goes one step on: Blocked, Yielded or Drained. One that was taken from the queue when its time was over
  /// is not looked at again.
  Event advance(const OnWorker& here, Connection& connection) noexcept {
    const bool over = connection.linger_started ? connection.taken >= connection.lingers_until
                                                : start(here, connection) == Event::Drained;
    if (over) return Event::Drained;
    const Event drained = connection.host().drain(here);
    connection.rests_until.reset();
    if (drained == Event::Yielded) connection.rests_until = clock_.now() + rest;
    return drained;
  }

 private:
  Event start(const OnWorker& here, Connection& connection) noexcept {
    connection.linger_started = true;
    const Event event = connection.host().start_linger(here, connection.linger);
    connection.lingers_until = clock_.now() + linger_time(connection.linger);
    return event;
  }

  const Clock& clock_;
};

}  // namespace mpm
