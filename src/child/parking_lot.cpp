#include "child/parking_lot.hpp"

namespace mpm {
namespace {

bool enter(DeadlineBoard& board, Connection& connection, Instant now) noexcept {
  const State state = connection.state();
  if (state == State::Lingering) return board.enter_lingering(connection, now);
  const auto what = state == State::KeptAlive ? Waiter::For::NextRequest : Waiter::For::Socket;
  return board.enter(connection, what, connection.host().queue(state), now);
}

/// Nobody is told of a connection that rests.
Status place(Registrations& registered, Connection& connection, Sense sense) noexcept {
  if (!connection.rests_until) return registered.enter(connection, sense);
  registered.cancel(connection);
  return Status::ok();
}

Connection& connection_of(Waiter& waiter) noexcept { return static_cast<Connection&>(waiter); }

}  // namespace

void ParkingLot::hand_out_all(Convoy& out) noexcept {
  inside_.with([&](Inside& inside) {
    while (Waiter* const waiter = inside.board.any()) withdraw(inside, *waiter, Event::Expired, out);
  });
}

Status ParkingLot::park(ConnectionPtr& connection, Instant now) noexcept {
  const Sense sense = connection->host().sense(connection->state());
  connection->registered_in = this;
  bool wake = false;
  // The lock spans both, or the listener could take a connection for one that a worker has.
  const Status watched = inside_.with([&](Inside& inside) {
    const Status status = place(inside.registered, *connection, sense);
    if (status.is_ok()) wake = enter(inside.board, *connection.release(), now);
    return status;
  });
  if (wake) poller_.wake();
  return watched;
}

void ParkingLot::forget(Connection& connection) noexcept {
  inside_.with([&](Inside& inside) { inside.registered.cancel(connection); });
}

void ParkingLot::begin_wait(const OnListener&) noexcept {
  inside_.with([](Inside& inside) { inside.registered.begin_wait(); });
}

void ParkingLot::take(const OnListener&, std::span<Watched* const> ready, Pace pace, Convoy& out) noexcept {
  inside_.with([&](Inside& inside) {
    for (const Watched* const socket : ready) {
      Connection* const connection = socket->owner.connection;
      if (!connection) continue;
      if (!connection->waiting()) {
        inside.registered.told_in_vain(*connection);
      } else if (!inside.registered.is_old_news(*connection)) {
        const bool keeps_place = pace == Pace::Rush && connection->state() == State::KeptAlive;
        if (!keeps_place) inside.registered.cancel(*connection);
        release(inside, *connection, Event::Ready, out);
      }
    }
  });
}

void ParkingLot::expire(const OnListener&, Instant now, Convoy& out) noexcept {
  inside_.with([&](Inside& inside) {
    while (Waiter* const waiter = inside.board.due(now)) {
      const bool only_rested = waiter->rests_until && waiter->lingers_until > now;
      withdraw(inside, *waiter, only_rested ? Event::Ready : Event::Expired, out);
    }
  });
}

void ParkingLot::evict(const OnListener&, Instant latest, std::size_t most, Convoy& out) noexcept {
  inside_.with([&](Inside& inside) {
    for (std::size_t evicted = 0; evicted < most; ++evicted) {
      Waiter* const quiet = inside.board.oldest_kept_alive(latest);
      if (!quiet) return;
      withdraw(inside, *quiet, Event::Evicted, out);
    }
  });
}

void ParkingLot::hurry(const OnListener&, Instant now) noexcept {
  inside_.with([now](Inside& inside) { inside.board.hurry(now); });
}

std::optional<Instant> ParkingLot::next_deadline(const OnListener&, Instant now) noexcept {
  return inside_.with([now](Inside& inside) { return inside.board.promise(now); });
}

std::optional<Instant> ParkingLot::oldest_parked(const OnListener&) noexcept {
  return inside_.with([](Inside& inside) { return inside.board.oldest_parked(); });
}

void ParkingLot::withdraw(Inside& inside, Waiter& waiter, Event happened, Convoy& out) noexcept {
  inside.registered.cancel(connection_of(waiter));
  release(inside, waiter, happened, out);
}

void ParkingLot::release(Inside& inside, Waiter& waiter, Event happened, Convoy& out) noexcept {
  Connection& connection = connection_of(waiter);
  inside.board.leave(waiter);
  out.add(ConnectionPtr(&connection), happened);
}

}  // namespace mpm
