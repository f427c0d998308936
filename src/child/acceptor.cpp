#include "child/acceptor.hpp"

#include "child/connection.hpp"

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

Acceptor::Acceptor(const Surroundings& around, const Quota& quota)
    : around_(around),
      quota_(quota),
      backlog_({.sockets = around.sockets,
                .poller = around.poller,
                .stopper = around.stopper,
                .journal = around.journal}),
      last_answers_(around.poller) {}

Load Acceptor::load() const noexcept {
  return {.open = around_.ledger.open(),
          .closing = around_.ledger.in(State::Lingering),
          .idle = around_.queue.idle()};
}

void Acceptor::open(const OnListener& here) noexcept { backlog_.watch(here); }

void Acceptor::accept(const OnListener& here, ListenSocket& ready, Instant now) noexcept {
  if (ended()) return;
  // Somebody has come behind a held gate: to be told so once is enough.
  if (held()) return backlog_.forget(here);
  const Gate at = gate();
  if (at != Gate::Open) return hold(here, at);
  take_in(here, backlog_.accept(here, ready), now);
  // Many workers at a time are called in place of those that block, if there is work for them.
  if (around_.queue.somebody_is_blocked())
    take_in_waiting(here, now, StopStage::Running, most_beside_blocked_workers);
}

void Acceptor::reconsider(const OnListener& here, Instant now) noexcept {
  if (ended() || !held()) return;
  const bool room = gate() == Gate::Open;
  // Whoever comes in now must not be asked to leave for itself.
  if (room) last_answers_.set_aside(here);
  if (room && take_in_waiting(here, now, StopStage::Running, most_in_a_turn)) return let_in_again(here);
  if (somebody_is_behind_the_gate(here) && !ended()) ask_to_leave(here, room, now);
}

void Acceptor::hold(const OnListener& here, Gate why) noexcept {
  backlog_.forget(here);
  held_.store(true);
  around_.scoreboard.show_accepting(Scoreboard::Accepting::No);
  around_.journal.holding(why, load());
}

void Acceptor::let_in_again(const OnListener& here) noexcept {
  turn_back_to_sockets(here);
  held_.store(false);
  around_.scoreboard.show_accepting(Scoreboard::Accepting::Yes);
  around_.journal.accepting_again(load());
}

void Acceptor::ask_to_leave(const OnListener& here, bool room_was_made, Instant now) noexcept {
  const bool due = last_answers_.due(here, now);  // asked in any case: the first time begins to count
  // Another child may have let them in, or this one, with the last room.
  if ((room_was_made || due) && !backlog_.somebody_waits(here)) return turn_back_to_sockets(here);
  if (due) {
    last_answers_.allow(here, now);
  } else if (room_was_made) {
    last_answers_.put_back(here);
  }
}

void Acceptor::turn_back_to_sockets(const OnListener& here) noexcept {
  last_answers_.none(here);
  backlog_.watch(here);
}

std::optional<Instant> Acceptor::next_due(const OnListener& here) const noexcept {
  return ended() || !held() ? std::nullopt : last_answers_.next_due(here);
}

bool Acceptor::take_in(const OnListener&, const ListenSocket::Arrival& arrival, Instant now) noexcept {
  if (arrival.host) {
    around_.queue.push(Connection::make(*arrival.host, around_.ledger), now);
    if (quota_.connections > 0 && ++accepted_ == quota_.connections) {
      around_.journal.connection_limit_reached();
      around_.stopper.raise(StopStage::Graceful);
    }
  }
  return arrival.somebody_was_there();
}

// What has been waiting is accepted before the sockets are watched again: otherwise the room would often be
// gone by the time the pollset tells of them, and they would go in and out of it for nothing.
bool Acceptor::take_in_waiting(const OnListener& here, Instant now, StopStage during, int most) noexcept {
  Backlog::Round round(backlog_);
  while (around_.stopper.stage() == during && !used_up() && gate() == Gate::Open) {
    if (round.over(here) || most == 0) return true;
    if (take_in(here, round.accept(here), now)) --most;
  }
  return false;
}

void Acceptor::close(const OnListener& here, Instant now) noexcept {
  if (closed_) return;
  take_in_the_last(here, now);
  closed_ = true;
  held_.store(false);
  backlog_.close(here);
}

// When nobody else has the socket open, as in a graceful stop, closing it resets who has connected to it and
// has not been accepted; they may have sent a request.
void Acceptor::take_in_the_last(const OnListener& here, Instant now) noexcept {
  if (around_.stopper.sick()) return;
  take_in_waiting(here, now, StopStage::Graceful, backlog_.how_many_sockets() * most_at_the_end);
}

}  // namespace mpm
