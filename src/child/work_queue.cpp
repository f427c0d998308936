#include "child/work_queue.hpp"

#include "mpm/policy/retirement.hpp"

#include <utility>

namespace mpm {

template <class F>
void WorkQueue::change(F&& f) noexcept {
  Calls calls;
  lanes_.with([&](Lanes& lanes) {
    f(lanes, calls);
    publish(lanes);
  });
  calls.ring();
  if (calls.for_recruits()) around_.main.wake();
}

void WorkQueue::publish(const Lanes& lanes) noexcept {
  idle_.store(lanes.idle());
  requests_.store(lanes.requests(), std::memory_order_relaxed);
  waiting_.store(lanes.waiting(), std::memory_order_relaxed);
  somebody_is_blocked_.store(lanes.aside() > 0, std::memory_order_relaxed);
}

void WorkQueue::push(ConnectionPtr connection, Instant now) noexcept {
  change([&](Lanes& lanes, Calls& calls) {
    lanes.add(std::move(connection), now);
    lanes.call_for_new_work(now, calls);
  });
}

void WorkQueue::push(TimerPtr timer, Instant now) noexcept {
  change([&](Lanes& lanes, Calls& calls) {
    lanes.add(std::move(timer), now);
    lanes.call_for_new_work(now, calls);
  });
}

void WorkQueue::push(Convoy& convoy, Instant now) noexcept {
  if (convoy.size() == 0) return;
  change([&](Lanes& lanes, Calls& calls) {
    while (ConnectionPtr connection = convoy.take()) lanes.add(std::move(connection), now);
    lanes.call_for_new_work(now, calls);
  });
}

void WorkQueue::reserve(const OnMain&, int workers) noexcept {
  change([workers](Lanes& lanes, Calls&) { lanes.reserve(workers); });
}

int WorkQueue::draft(const OnMain&, int ahead, Instant now) noexcept {
  return lanes_.with([&](Lanes& lanes) { return lanes.draft(ahead, now); });
}

void WorkQueue::lose(const OnMain&, int drafted) noexcept {
  change([drafted](Lanes& lanes, Calls&) { lanes.lose(drafted); });
}

bool WorkQueue::calm(const OnMain&) noexcept {
  return lanes_.with([](const Lanes& lanes) { return lanes.calm(); });
}

int WorkQueue::workers(const OnListener&) noexcept {
  return lanes_.with([](const Lanes& lanes) { return lanes.workers(); });
}

void WorkQueue::enrol(const OnWorker&, Bench& bench, Instant now) noexcept {
  const ThreadId self = around_.threads.self();
  change([&](Lanes& lanes, Calls&) { lanes.enrol(bench, self, now); });
}

WorkQueue::Taken WorkQueue::take(const OnWorker&, Bench& bench, Instant now) noexcept {
  return lanes_.with([&](Lanes& lanes) -> Taken {
    const StopStage stage = around_.stop.stage();
    if (stage != StopStage::Forced) {
      if (std::optional<Work> work = lanes.take(bench, now)) {
        publish(lanes);
        return std::move(*work);
      }
    }
    const bool retire =
        stage == StopStage::Forced || (lanes.closed() && may_retire(lanes.workers(), around_.ledger.open()));
    if (retire) {
      lanes.leave(bench);
    } else {
      lanes.rest(bench);
    }
    publish(lanes);
    return retire ? Taken{Retire{}} : Taken{Rest{}};
  });
}

void WorkQueue::rest(const OnWorker&, Bench& bench) noexcept {
  lanes_.wait(
      bench.bell, [&](const Lanes& lanes) { return lanes.called(bench); },
      [&](Lanes& lanes) { lanes.hear(bench); });
}

void WorkQueue::close(const OnListener&, Instant now) noexcept {
  lanes_.with([](Lanes& lanes) { lanes.close(); });
  call_all(now);
}

void WorkQueue::call_all(Instant now) noexcept {
  // Those called first may be asleep again before the last one is called: count the sleepers once.
  auto left = lanes_.with([](const Lanes& lanes) { return lanes.sleeping(); });
  for (; left > 0; left -= static_cast<int>(Calls::most)) {
    change([&](Lanes& lanes, Calls& calls) { lanes.call(left, now, calls); });
  }
}

void WorkQueue::call_one(Instant now) noexcept {
  change([&](Lanes& lanes, Calls& calls) { lanes.call(1, now, calls); });
}

void WorkQueue::share_among(const OnListener&, int children) noexcept {
  lanes_.with([children](Lanes& lanes) { lanes.share_among(children); });
}

void WorkQueue::relieve(const OnListener&, Instant now) noexcept {
  const int blocked = look_who_is_blocked(now);
  if (empty()) return;
  change([&](Lanes& lanes, Calls& calls) { lanes.relieve(blocked, now, calls); });
}

int WorkQueue::look_who_is_blocked(Instant now) noexcept {
  int blocked = 0;
  Suspects suspects;
  do {
    suspects = lanes_.with([now](Lanes& lanes) { return lanes.suspects(now); });
    if (suspects.empty()) break;
    // Not under the lock: the kernel is asked.
    for (Suspects::Suspect& one : suspects) one.wants_processor = around_.threads.wants_processor(one.thread);
    blocked += lanes_.with([&](Lanes& lanes) { return lanes.judge(suspects, now); });
  } while (suspects.full());
  return blocked;
}

Duration WorkQueue::busy_for(const OnListener&, Duration slept, Instant now) noexcept {
  return lanes_.with([=](const Lanes& lanes) { return lanes.busy_for(slept, now); });
}

void WorkQueue::hand_out_all(Convoy& out) noexcept {
  lanes_.with([&](Lanes& lanes) {
    while (std::optional<Work> work = lanes.next()) {
      if (ConnectionPtr* const connection = std::get_if<ConnectionPtr>(&*work))
        out.add(std::move(*connection), Event::Expired);
    }
    publish(lanes);
  });
}

std::optional<Instant> WorkQueue::relieve_at(const OnListener&) noexcept {
  return lanes_.with([](const Lanes& lanes) { return lanes.relieve_at(); });
}

}  // namespace mpm
