#include "child/dispatcher.hpp"

#include "mpm/policy/poll_wait.hpp"

namespace mpm {
namespace {

/// Children come and go by the second at most: between two counts, a child may run too many workers or too
/// few.
constexpr Duration between_counts = std::chrono::seconds{1};

/// As long as the listener rests, and the least that a pollset knows.
constexpr std::chrono::milliseconds brief{1};
constexpr std::chrono::milliseconds none{0};

}  // namespace

Duration Dispatcher::turn(const OnListener& here) noexcept {
  const Instant before = around_.clock.now();
  const std::span<Watched* const> ready = wait(here, poll_wait(before, next_due(here, before)));
  const Instant now = around_.clock.now();
  const Duration slept = now - before;
  // Where enough run already the listener rests after this turn, and they read before it looks again.
  const bool will_rest = around_.queue.busy_for(here, slept, now) > Duration{};
  hand_out(here, ready, will_rest ? Pace::Rush : Pace::Trickle, now);
  return slept;
}

bool Dispatcher::brief_turn(const OnListener& here) noexcept {
  // Whoever had the watch until now may have called this worker for what it handed out.
  const std::span<Watched* const> ready = wait(here, around_.queue.empty() ? brief : none);
  const Instant now = around_.clock.now();
  // This worker reads what it finds before anybody looks again, as a rule.
  const bool found = hand_out(here, ready, Pace::Rush, now);
  // Only the listener begins to drain, and who stood in may be the one whom the stop has woken.
  if (draining()) return false;
  const Duration slept = found ? Duration{} : Duration{brief};  // at most
  return around_.queue.busy_for(here, slept, now) > Duration{};
}

std::span<Watched* const> Dispatcher::wait(const OnListener& here,
                                           std::optional<std::chrono::milliseconds> longest) noexcept {
  around_.lot.begin_wait(here);
  const Poller::Found found = around_.poller.wait(here, longest);
  if (!found.status.is_ok()) {
    // A pollset that cannot wait will not recover: first the child leaves, then it goes.
    around_.journal.poll_failed(found.status);
    if (draining()) around_.stopper.raise(StopStage::Forced);
    around_.stopper.fall_sick();
  }
  return found.ready;
}

std::optional<Instant> Dispatcher::next_due(const OnListener& here, Instant now) noexcept {
  std::optional<Instant> next = earlier(around_.lot.next_deadline(here, now), around_.timers.next(here));
  next = earlier(next, around_.queue.relieve_at(here));
  next = earlier(next, around_.acceptor.next_due(here));
  return earlier(next, eviction_.next(around_.lot.oldest_parked(here)));
}

// In this order:
//   1. hand out the connections that are ready: their requests have been waiting longest;
//   2. accept new ones: they come behind;
//   3. hand out what has expired, after what is ready: a request at the last moment is a request in time;
//   4. hand out due timers;
//   5. open the gate if the limit allows it again;
//   6. evict quiet connections, if that helps anybody who is still behind the gate;
//   7. from time to time, see how many children share the processors;
//   8. call more workers if those who run are blocked.
bool Dispatcher::hand_out(const OnListener& here, std::span<Watched* const> ready, Pace pace,
                          Instant now) noexcept {
  const bool handed_out = hand_out_ready(here, ready, pace, now);
  const bool accepted = accept_new(here, ready, now);
  hand_out_expired(here, now);
  hand_out_timers(here, now);
  around_.acceptor.reconsider(here, now);
  evict_quiet(here, now);
  count_children(here, now);
  around_.queue.relieve(here, now);
  return handed_out || accepted;
}

bool Dispatcher::hand_out_ready(const OnListener& here, std::span<Watched* const> ready, Pace pace,
                                Instant now) noexcept {
  if (ready.empty()) return false;
  Convoy convoy;
  around_.lot.take(here, ready, pace, convoy);
  const bool any = convoy.size() > 0;
  around_.queue.push(convoy, now);
  return any;
}

bool Dispatcher::accept_new(const OnListener& here, std::span<Watched* const> ready, Instant now) noexcept {
  bool any = false;
  for (const Watched* const socket : ready) {
    ListenSocket* const listening = socket->owner.listening;
    if (!listening) continue;
    around_.acceptor.accept(here, *listening, now);
    any = true;
  }
  return any;
}

void Dispatcher::hand_out_expired(const OnListener& here, Instant now) noexcept {
  Convoy convoy;
  around_.lot.expire(here, now, convoy);
  around_.queue.push(convoy, now);
}

void Dispatcher::hand_out_timers(const OnListener& here, Instant now) noexcept {
  while (TimerPtr timer = around_.timers.due(here, now)) around_.queue.push(std::move(timer), now);
}

void Dispatcher::evict_quiet(const OnListener& here, Instant now) noexcept {
  eviction_.look({.clients_wait = around_.acceptor.somebody_is_behind_the_gate(here),
                  .idle = around_.queue.idle(),
                  .to_be_closed = around_.queue.to_be_closed(),
                  .draining = draining()},
                 now);
  if (!eviction_.may_evict(now)) return;
  Convoy convoy;
  around_.lot.evict(here, now - EvictionPolicy::quiet_time, EvictionPolicy::batch, convoy);
  around_.queue.push(convoy, now);
}

void Dispatcher::count_children(const OnListener& here, Instant now) noexcept {
  if (now < next_count_) return;
  next_count_ = now + between_counts;
  around_.queue.share_among(here, around_.scoreboard.children_serving());
}

}  // namespace mpm
