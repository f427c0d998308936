#include "child/listener.hpp"

#include "mpm/policy/poll_wait.hpp"

namespace mpm {

void Listener::run(NativeThread&) noexcept {
  const OnListener here;
  around_.acceptor.open(here);
  if (!draining()) around_.scoreboard.show_serving();
  while (!finished(here)) turn(here);
  around_.queue.call_all(around_.clock.now());
  around_.farewell.gone();
}

// One turn, in this order:
//   1. sleep until something is ready or due;
//   2. hand out the connections that are ready: their requests have been waiting longest;
//   3. accept new ones: they come behind;
//   4. hand out what has expired, after what is ready: a request at the last moment is a request in time;
//   5. hand out due timers;
//   6. evict quiet connections, if that helps anybody;
//   7. open the gate if the limit allows it again;
//   8. call more workers if those who run seem to be blocked.
void Listener::turn(const OnListener& here) noexcept {
  const std::span<const Ready> ready = wait(here);
  const Instant now = around_.clock.now();
  hand_out_ready(here, ready, now);
  accept_new(here, ready, now);
  hand_out_expired(here, now);
  hand_out_timers(here, now);
  evict_quiet(here, now);
  around_.acceptor.reconsider(here, now);
  around_.queue.relieve(here, now);
}

bool Listener::finished(const OnListener& here) noexcept {
  if (!draining()) return false;
  if (!draining_begun_) begin_to_drain(here);
  return around_.stopper.stage() == StopStage::Forced || around_.ledger.open() == 0;
}

void Listener::begin_to_drain(const OnListener& here) noexcept {
  draining_begun_ = true;
  around_.acceptor.close(here);
  around_.scoreboard.show_quiescing(around_.stopper.sick() ? Scoreboard::Reason::Shortage
                                                           : Scoreboard::Reason::Asked);
  for (int slot = 0; slot < workers_; ++slot) around_.scoreboard.show(slot, WorkerStatus::Leaving);
  const Instant now = around_.clock.now();
  around_.lot.hurry(here, now);
  around_.queue.close(here, now);
}

std::span<const Ready> Listener::wait(const OnListener& here) noexcept {
  const Instant now = around_.clock.now();
  std::span<const Ready> ready;
  const Status waited = around_.poller.wait(here, poll_wait(now, next_due(here, now)), ready);
  if (!waited.is_ok()) {
    // A pollset that cannot wait will not recover: first the child leaves, then it goes.
    around_.journal.poll_failed(waited);
    if (draining()) around_.stopper.raise(StopStage::Forced);
    around_.stopper.fall_sick();
  }
  return ready;
}

std::optional<Instant> Listener::next_due(const OnListener& here, Instant now) noexcept {
  std::optional<Instant> next = earlier(around_.lot.next_deadline(here, now), around_.timers.next(here));
  next = earlier(next, around_.queue.relieve_at(here));
  return earlier(next, eviction_.next(around_.lot.oldest_parked(here)));
}

void Listener::hand_out_ready(const OnListener& here, std::span<const Ready> ready, Instant now) noexcept {
  if (ready.empty()) return;
  Convoy convoy;
  around_.lot.take(here, ready, convoy);
  around_.queue.push(convoy, now);
}

void Listener::accept_new(const OnListener& here, std::span<const Ready> ready, Instant now) noexcept {
  for (const Ready& socket : ready) {
    if (socket.listening) around_.acceptor.accept(here, *socket.listening, now);
  }
}

void Listener::hand_out_expired(const OnListener& here, Instant now) noexcept {
  Convoy convoy;
  around_.lot.expire(here, now, convoy);
  around_.queue.push(convoy, now);
}

void Listener::hand_out_timers(const OnListener& here, Instant now) noexcept {
  while (TimerPtr timer = around_.timers.due(here, now)) around_.queue.push(std::move(timer), now);
}

void Listener::evict_quiet(const OnListener& here, Instant now) noexcept {
  eviction_.look({.waiting = around_.queue.requests() + (around_.acceptor.held() ? 1 : 0),
                  .idle = around_.queue.idle(),
                  .draining = draining()},
                 now);
  if (!eviction_.may_evict(now)) return;
  Convoy convoy;
  around_.lot.evict(here, now - EvictionPolicy::quiet_time, EvictionPolicy::batch, convoy);
  around_.queue.push(convoy, now);
}

}  // namespace mpm
