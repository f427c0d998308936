#pragma once

#include "child_parts.hpp"

#include "child/roster.hpp"

#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace mpm {

/// The listener looks who is blocked; `wants` says of a thread whether it wants a processor.
template <class Wants>
int look(Roster& roster, Instant now, Wants&& wants) {
  int blocked = 0;
  Suspects suspects;
  do {
    suspects = roster.suspects(now);
    for (Suspects::Suspect& one : suspects) one.wants_processor = wants(one.thread);
    blocked += roster.judge(suspects, now);
  } while (suspects.full());
  return blocked;
}

/// The roster on its own; the test plays the queue, the listener and the workers.
struct ARoster : ChildParts {
  ~ARoster() override {
    for (auto& bench : benches) roster.leave(*bench);
  }

  /// A ready connection, queued now.
  FakeHost& add(State state = State::KeptAlive, Event pending = Event::Ready) {
    FakeHost& host = client();
    ConnectionPtr conn = connect_in(state, host);
    conn->pending = pending;
    roster.add(std::move(conn), clock.now());
    return host;
  }
  void add_timer() {
    roster.add(std::make_unique<Timer>(
                   +[](void*) {}, nullptr),
               clock.now());
  }
  Bench& worker() {
    benches.push_back(std::make_unique<Bench>());
    roster.enrol(*benches.back(), static_cast<ThreadId>(benches.size()), clock.now());
    return *benches.back();
  }
  Bench& sleeper() {
    Bench& bench = worker();
    roster.rest(bench);
    return bench;
  }
  /// Whose turn it is: the host, or null for a timer and for nothing.
  ConnectionHost* take(Bench& bench) {
    last = roster.take(bench, clock.now());
    const ConnectionPtr* const conn = last ? std::get_if<ConnectionPtr>(&*last) : nullptr;
    return conn ? &(*conn)->host() : nullptr;
  }
  bool took_a_timer(Bench& bench) {
    take(bench);
    return last && std::holds_alternative<TimerPtr>(*last);
  }
  bool busy() { return roster.busy_for(std::chrono::hours{1}, clock.now()) > Duration{}; }
  int call_for_new_work() {
    const int before = roster.sleeping();
    Calls calls;
    roster.call_for_new_work(clock.now(), calls);
    return before - roster.sleeping();
  }
  int relieve() {
    const int before = roster.sleeping();
    const int blocked =
        look(roster, clock.now(), [this](ThreadId thread) { return wanting.contains(thread); });
    Calls calls;
    roster.relieve(blocked, clock.now(), calls);
    return before - roster.sleeping();
  }

  std::vector<std::unique_ptr<Bench>> benches;
  std::set<ThreadId> wanting;  ///< those that want a processor
  std::optional<Work> last;
  Roster roster{2};
};

}  // namespace mpm
