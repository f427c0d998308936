#pragma once

#include "child/connection.hpp"
#include "mpm/base/role.hpp"
#include "mpm/ports/clock.hpp"

namespace mpm {

/// Ends a connection so that its last response arrives whole: flush, shut our side down, then drain what the
/// client still sends, without blocking, until it closes too or its time is over (RFC 9112, 9.6: a close with
/// unread data makes TCP reset the connection, and the client loses what it had not yet read).
class LingeringClose {
 public:
  explicit LingeringClose(const Clock& clock) noexcept : clock_(clock) {}

  /// Goes one step on: Blocked or Drained. A client that never stops sending is ready in each turn, so that
  /// the lot never finds its deadline passed.
  Event advance(const OnWorker& here, Connection& connection) noexcept {
    const bool over = connection.linger_started ? connection.taken >= connection.linger_deadline
                                                : start(here, connection) == Event::Drained;
    if (over) return Event::Drained;
    return connection.host().drain(here);
  }

 private:
  Event start(const OnWorker& here, Connection& connection) noexcept {
    connection.linger_started = true;
    const Event event = connection.host().start_linger(here, connection.linger);
    connection.linger_deadline = clock_.now() + linger_time(connection.linger);
    return event;
  }

  const Clock& clock_;
};

}  // namespace mpm
