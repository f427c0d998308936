#include "child/parking_lot.hpp"

namespace mpm {
namespace {

bool enter(DeadlineBoard& board, Connection& connection, Instant now) noexcept {
  const State state = connection.state();
  if (state == State::Lingering) return board.enter_lingering(connection, connection.linger_deadline, now);
  const auto what = state == State::KeptAlive ? Waiter::For::NextRequest : Waiter::For::Socket;
  return board.enter(connection, what, connection.host().queue(state), now);
}

Connection& connection_of(Waiter& waiter) noexcept { return static_cast<Connection&>(waiter); }

}  // namespace

void ParkingLot::hand_out_all(Convoy& out) noexcept {
  board_.with([&](DeadlineBoard& board) {
    while (Waiter* const waiter = board.any()) release(board, *waiter, Event::Expired, out);
  });
}

Status ParkingLot::park(ConnectionPtr& connection, Instant now) noexcept {
  const Sense sense = connection->host().sense(connection->state());
  bool wake = false;
  // The lock spans both, or the listener could be told of a connection that is not on the board yet.
  const Status watched = board_.with([&](DeadlineBoard& board) {
    const Status status =
        poller_.watch(connection->host().socket(), sense, Ready{.connection = connection.get()});
    if (status.is_ok()) wake = enter(board, *connection.release(), now);
    return status;
  });
  if (wake) poller_.wake();
  return watched;
}

void ParkingLot::take(const OnListener&, std::span<const Ready> ready, Convoy& out) noexcept {
  board_.with([&](DeadlineBoard& board) {
    for (const Ready& socket : ready) {
      if (socket.connection && socket.connection->waiting())
        release(board, *socket.connection, Event::Ready, out);
    }
  });
}

void ParkingLot::expire(const OnListener&, Instant now, Convoy& out) noexcept {
  board_.with([&](DeadlineBoard& board) {
    while (Waiter* const waiter = board.due(now)) release(board, *waiter, Event::Expired, out);
  });
}

void ParkingLot::evict(const OnListener&, Instant latest, std::size_t most, Convoy& out) noexcept {
  board_.with([&](DeadlineBoard& board) {
    for (std::size_t evicted = 0; evicted < most; ++evicted) {
      Waiter* const quiet = board.oldest_kept_alive(latest);
      if (!quiet) return;
      release(board, *quiet, Event::Evicted, out);
    }
  });
}

void ParkingLot::hurry(const OnListener&, Instant now) noexcept {
  board_.with([now](DeadlineBoard& board) { board.hurry(now); });
}

std::optional<Instant> ParkingLot::next_deadline(const OnListener&, Instant now) noexcept {
  return board_.with([now](DeadlineBoard& board) { return board.promise(now); });
}

std::optional<Instant> ParkingLot::oldest_parked(const OnListener&) noexcept {
  return board_.with([](DeadlineBoard& board) { return board.oldest_parked(); });
}

void ParkingLot::release(DeadlineBoard& board, Waiter& waiter, Event happened, Convoy& out) noexcept {
  Connection& connection = connection_of(waiter);
  if (connection.state() == State::Lingering) connection.linger_deadline = waiter.in_heap.deadline();
  board.leave(waiter);
  // A refusal to forget can only mean that the kernel has forgotten it: the connection is ours again either
  // way.
  static_cast<void>(poller_.forget(connection.host().socket()));
  out.add(ConnectionPtr(&connection), happened);
}

}  // namespace mpm
