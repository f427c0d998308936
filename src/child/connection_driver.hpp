#pragma once

#include "child/connection.hpp"
#include "child/lingering_close.hpp"
#include "child/parking_lot.hpp"
#include "child/stopper.hpp"
#include "child/suspensions.hpp"
#include "child/work_queue.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/role.hpp"
#include "mpm/policy/repeats.hpp"
#include "mpm/policy/timer_heap.hpp"
#include "mpm/ports/clock.hpp"
#include "mpm/ports/journal.hpp"
#include "mpm/ports/poller.hpp"

namespace mpm {

/// The connection that a worker has in hand, so that a forced stop can break it under a blocked worker.
class InHand {
 public:
  void hold(ConnectionHost& host) noexcept {
    host_.with([&](ConnectionHost*& held) { held = &host; });
  }
  void let_go() noexcept {
    host_.with([](ConnectionHost*& held) { held = nullptr; });
  }
  /// Any thread.
  void sever() noexcept {
    host_.with([](ConnectionHost* held) {
      if (held) held->sever();
    });
  }

 private:
  Guarded<ConnectionHost*> host_{nullptr};
};

/// Drives one connection through the table until it is parked, let go or closed, or has had its turn: a
/// client that always has its next request ready must not keep the others waiting.
class ConnectionDriver {
 public:
  /// What a driver needs around it.
  struct Surroundings {
    ParkingLot& lot;
    WorkQueue& queue;
    Suspensions& suspensions;
    const Clock& clock;
    const Stopper& stopper;
    Journal& journal;
    Poller& listener;
  };

  explicit ConnectionDriver(const Surroundings& around) noexcept
      : around_(around), lingering_(around.clock) {}

  void drive(const OnWorker& here, ConnectionPtr connection, const WorkerSlot& slot, InHand& hand) noexcept;
  /// Runs a timed callback, and goes on with a connection that it gave back. If there are more, they are
  /// queued.
  void call(const OnWorker& here, const Timer& timer, const WorkerSlot& slot, InHand& hand) noexcept;

 private:
  /// Null, or the connection if its module has given it back before it could be let go.
  [[nodiscard]] ConnectionPtr drive_once(const OnWorker& here, ConnectionPtr connection,
                                         const WorkerSlot& slot, InHand& hand) noexcept;
  void leave_to_others(Convoy& connections, Instant now) noexcept;
  /// What has happened to a connection that a worker takes up.
  Event take_up(const OnWorker& here, Connection& connection, const WorkerSlot& slot) noexcept;
  /// Does what the table says until the connection has to leave this worker: Queue, Park, LetGo or Close.
  Then advance(const OnWorker& here, Connection& connection, Event event) noexcept;
  Event flush(const OnWorker& here, Connection& connection) noexcept;
  /// The worker lets go of it, and modules are told.
  void detach(const OnWorker& here, Connection& connection) noexcept;
  void requeue(const OnWorker& here, ConnectionPtr connection) noexcept;
  void park(const OnWorker& here, ConnectionPtr connection) noexcept;
  /// When no more can be watched, every connection ends like this: the log need not have each.
  void tell_refusal(State state, Status why) noexcept;

  Surroundings around_;
  LingeringClose lingering_;
  Guarded<Repeats> refusals_;
};

}  // namespace mpm
