#include "child/acceptor.hpp"

#include "child/connection.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace mpm {
namespace {

// Workers that are quicker than the listener make room for as long as it accepts, and connections that are
// being served already would wait for the rest of its turn.
constexpr int most_in_a_turn = 64;

// The other children have their share of a burst.
constexpr int most_beside_blocked_workers = 16;

// As many as the kernel lets wait at a socket (net.core.somaxconn, listen(2)), unless it was told otherwise:
// clients that come meanwhile must not keep this child from closing.
constexpr int most_at_the_end = 4096;

}  // namespace

Acceptor::Acceptor(const Surroundings& around, const Quota& quota) noexcept : around_(around), quota_(quota) {
  const std::span<ListenSocket* const> all = around_.sockets.all();
  turns_.assign(all.begin(), all.end());
}

Load Acceptor::load() const noexcept {
  return {.open = around_.ledger.open(),
          .closing = around_.ledger.in(State::Lingering),
          .idle = around_.queue.idle()};
}

void Acceptor::open(const OnListener& here) noexcept { watch_all(here); }

void Acceptor::accept(const OnListener& here, ListenSocket& ready, Instant now) noexcept {
  if (ended()) return;
  // Somebody has come behind a held gate: to be told so once is enough.
  if (held()) return forget_all(here);
  const Gate at = gate();
  if (at == Gate::Open) {
    accept_one(here, ready, now);
    // Many workers at a time are called in place of those that block, if there is work for them.
    if (around_.queue.somebody_is_blocked())
      static_cast<void>(accept_waiting(here, now, StopStage::Running, most_beside_blocked_workers));
  } else {
    hold(here, at);
  }
}

void Acceptor::reconsider(const OnListener& here, Instant now) noexcept {
  if (ended() || !held()) return;
  const bool room = gate() == Gate::Open;
  // Whoever comes in now must not be asked to leave for itself.
  const int allowed = room ? last_answers_.exchange(0) : 0;
  if (room && accept_waiting(here, now, StopStage::Running, most_in_a_turn)) {
    turn_back_to_sockets(here);
    held_.store(false);
    around_.scoreboard.show_accepting(Scoreboard::Accepting::Yes);
    around_.journal.accepting_again(load());
  } else if (!watching_ && !ended()) {
    const bool step_is_due = turnover_.held(now);
    // Another child may have let them in, or this one, with the last room.
    if ((room || step_is_due) && !somebody_waits(here)) {
      turn_back_to_sockets(here);
    } else if (step_is_due) {
      last_answers_.store(turnover_.allow(now));
    } else if (room) {
      last_answers_.store(allowed);
    }
  }
}

void Acceptor::turn_back_to_sockets(const OnListener& here) noexcept {
  last_answers_.store(0);
  turnover_.open();
  watch_all(here);
}

std::optional<Instant> Acceptor::next_due(const OnListener&) const noexcept {
  if (ended() || !held() || last_answers_.load(std::memory_order_relaxed) > 0) return std::nullopt;
  return turnover_.next();
}

// What has been waiting is accepted before the sockets are watched again: otherwise the room would often be
// gone by the time the pollset tells of them, and they would go in and out of it for nothing.
//
// A socket that is served goes behind the others, so that one with an endless backlog leaves them their turn;
// those found empty stay in front, and are not asked again: that costs a system call.
bool Acceptor::accept_waiting(const OnListener& here, Instant now, StopStage during, int most) noexcept {
  std::size_t empty = 0;
  while (around_.stopper.stage() == during && !used_up() && gate() == Gate::Open) {
    if (empty == turns_.size() || most == 0) return true;
    if (accept_one(here, *turns_[empty], now)) {
      --most;
    } else {
      ++empty;
    }
  }
  return false;
}

void Acceptor::close(const OnListener& here, Instant now) noexcept {
  if (closed_) return;
  take_in_waiting(here, now);
  closed_ = true;
  forget_all(here);
  held_.store(false);
  around_.sockets.close(here);
}

// When nobody else has the socket open, as in a graceful stop, closing it resets who has connected to it and
// has not been accepted; they may have sent a request.
void Acceptor::take_in_waiting(const OnListener& here, Instant now) noexcept {
  if (around_.stopper.sick()) return;
  accept_waiting(here, now, StopStage::Graceful, static_cast<int>(turns_.size()) * most_at_the_end);
}

void Acceptor::hold(const OnListener& here, Gate why) noexcept {
  forget_all(here);
  held_.store(true);
  around_.scoreboard.show_accepting(Scoreboard::Accepting::No);
  around_.journal.holding(why, load());
}

bool Acceptor::accept_one(const OnListener& here, ListenSocket& socket, Instant now) noexcept {
  ConnectionHost* host = nullptr;
  switch (socket.accept(here, host)) {
    case ListenSocket::Outcome::Nobody:
      return false;
    case ListenSocket::Outcome::Gone:
      return true;
    case ListenSocket::Outcome::Shortage:
      around_.stopper.fall_sick();
      return false;
    case ListenSocket::Outcome::Accepted:
      break;
  }
  const auto turn = std::find(turns_.begin(), turns_.end(), &socket);
  std::rotate(turn, turn + 1, turns_.end());
  around_.queue.push(Connection::make(*host, around_.ledger), now);
  if (quota_.connections > 0 && ++accepted_ == quota_.connections) {
    around_.journal.connection_limit_reached();
    around_.stopper.raise(StopStage::Graceful);
  }
  return true;
}

bool Acceptor::somebody_waits(const OnListener& here) noexcept {
  return std::any_of(turns_.begin(), turns_.end(),
                     [&here](ListenSocket* socket) { return socket->somebody_waits(here); });
}

void Acceptor::watch_all(const OnListener&) noexcept {
  if (std::exchange(watching_, true)) return;
  for (ListenSocket* const socket : around_.sockets.all()) {
    const Status watched =
        around_.poller.watch(socket->socket(), Sense::Readable, Ready{.listening = socket});
    if (!watched.is_ok()) {
      around_.journal.listen_socket_not_watched(watched);
      around_.stopper.fall_sick();
    }
  }
}

void Acceptor::forget_all(const OnListener&) noexcept {
  if (!std::exchange(watching_, false)) return;
  for (ListenSocket* const socket : around_.sockets.all()) {
    static_cast<void>(around_.poller.forget(socket->socket()));
  }
}

}  // namespace mpm
