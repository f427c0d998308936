#pragma once

#include "child/connection.hpp"
#include "child/stopper.hpp"
#include "mpm/base/role.hpp"
#include "mpm/ports/clock.hpp"

namespace mpm {

/// Ends a connection so that its last response arrives whole: flush, shut our side down, then drain what the
/// client still sends, without blocking, until it closes too or its time is over (RFC 9112, 9.6: a close with
/// unread data makes TCP reset the connection, and the client loses what it had not yet read).
class LingeringClose {
 public:
  LingeringClose(const Clock& clock, const Stopper& stopper) noexcept : clock_(clock), stopper_(stopper) {}

  /// Goes one step on: Blocked or Drained.
  Event advance(const OnWorker& here, Connection& connection) noexcept {
    if (!connection.linger_started && start(here, connection) == Event::Drained) return Event::Drained;
    const Event event = connection.host().drain(here);
    // A connection that was in a worker's hands when the child began to drain missed the lot's hurry().
    if (event == Event::Blocked && stopping()) {
      connection.linger_deadline = hurried(connection.linger_deadline, clock_.now());
    }
    return event;
  }

 private:
  Event start(const OnWorker& here, Connection& connection) noexcept {
    connection.linger_started = true;
    const Event event = connection.host().start_linger(here, connection.linger);
    connection.linger_deadline = clock_.now() + linger_time(connection.linger);
    return event;
  }
  [[nodiscard]] bool stopping() const noexcept { return stopper_.stage() != StopStage::Running; }

  const Clock& clock_;
  const Stopper& stopper_;
};

}  // namespace mpm
