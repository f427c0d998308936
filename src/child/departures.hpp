#pragma once

#include "child/acceptor.hpp"
#include "child/stopper.hpp"
#include "child/work_queue.hpp"
#include "mpm/policy/ledger.hpp"
#include "mpm/ports/clock.hpp"
#include "mpm/ports/poller.hpp"

namespace mpm {

/// A connection has ended, or is only being closed: whoever waits for that learns of it. While the child
/// serves, that is the listener with a held gate; while it drains, a worker that is surplus now, and the
/// listener when it was the last connection. Any thread: a module may end a connection that it has suspended
/// in a thread of its own.
class Departures final : public Ledger::Observer {
 public:
  /// Who waits for the end of a connection.
  struct Surroundings {
    Ledger& ledger;
    Acceptor& acceptor;
    WorkQueue& queue;
    Poller& poller;
    const Stopper& stopper;
    const Clock& clock;
  };

  explicit Departures(const Surroundings& around) noexcept : around_(around) {}

  /// Not only once it has ended: the flush before may take its time (ap_start_lingering_close()).
  void connection_closing() noexcept override { around_.acceptor.room_made(); }

  void connection_ended() noexcept override {
    if (around_.stopper.stage() == StopStage::Running) {
      around_.acceptor.room_made();
      return;
    }
    around_.queue.call_one(around_.clock.now());
    if (around_.ledger.open() == 0) around_.poller.wake();
  }

 private:
  Surroundings around_;
};

}  // namespace mpm
