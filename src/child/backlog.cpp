#include "child/backlog.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace mpm {

Backlog::Backlog(const Surroundings& around) : around_(around) {
  const std::span<ListenSocket* const> all = around_.sockets.all();
  turns_.assign(all.begin(), all.end());
}

void Backlog::watch(const OnListener&) noexcept {
  if (std::exchange(watched_, true)) return;
  for (ListenSocket* const socket : around_.sockets.all()) {
    socket->socket().owner.listening = socket;
    const Status watched = around_.poller.watch(socket->socket(), Sense::Readable);
    if (!watched.is_ok()) {
      around_.journal.listen_socket_not_watched(watched);
      around_.stopper.fall_sick();
    }
  }
}

void Backlog::forget(const OnListener&) noexcept {
  if (!std::exchange(watched_, false)) return;
  for (ListenSocket* const socket : around_.sockets.all()) {
    static_cast<void>(around_.poller.forget(socket->socket()));
  }
}

ListenSocket::Arrival Backlog::accept(const OnListener& here, ListenSocket& socket) noexcept {
  const ListenSocket::Arrival arrival = socket.accept(here);
  if (arrival.outcome == ListenSocket::Outcome::Shortage) around_.stopper.fall_sick();
  if (arrival.outcome == ListenSocket::Outcome::Accepted) {
    const auto turn = std::find(turns_.begin(), turns_.end(), &socket);
    std::rotate(turn, turn + 1, turns_.end());
  }
  return arrival;
}

// Those found empty stay in front, and the one that is served goes behind the others.
ListenSocket::Arrival Backlog::Round::accept(const OnListener& here) noexcept {
  const ListenSocket::Arrival arrival = backlog_.accept(here, *backlog_.turns_[empty_]);
  if (!arrival.somebody_was_there()) ++empty_;
  return arrival;
}

bool Backlog::somebody_waits(const OnListener& here) noexcept {
  return std::any_of(turns_.begin(), turns_.end(),
                     [&here](ListenSocket* socket) { return socket->somebody_waits(here); });
}

void Backlog::close(const OnListener& here) noexcept {
  forget(here);
  around_.sockets.close(here);
}

}  // namespace mpm
