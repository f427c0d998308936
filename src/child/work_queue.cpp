#include "child/work_queue.hpp"

#include "mpm/policy/retirement.hpp"

#include <utility>

namespace mpm {

template <class F>
void WorkQueue::change(F&& f) noexcept {
  Calls calls;
  roster_.with([&](Roster& roster) {
    f(roster, calls);
    publish(roster);
  });
  calls.ring();
  if (calls.for_recruits()) around_.main.wake();
}

void WorkQueue::publish(const Roster& roster) noexcept {
  idle_.store(roster.idle());
  requests_.store(roster.requests(), std::memory_order_relaxed);
  waiting_.store(roster.waiting(), std::memory_order_relaxed);
  to_be_closed_.store(roster.to_be_closed(), std::memory_order_relaxed);
  somebody_is_blocked_.store(roster.aside() > 0, std::memory_order_relaxed);
}

void WorkQueue::push(ConnectionPtr connection, Instant now) noexcept {
  change([&](Roster& roster, Calls& calls) {
    roster.add(std::move(connection), now);
    roster.call_for_new_work(now, calls);
  });
}

void WorkQueue::push(TimerPtr timer, Instant now) noexcept {
  change([&](Roster& roster, Calls& calls) {
    roster.add(std::move(timer), now);
    roster.call_for_new_work(now, calls);
  });
}

void WorkQueue::push(Convoy& convoy, Instant now) noexcept {
  if (convoy.size() == 0) return;
  change([&](Roster& roster, Calls& calls) {
    while (ConnectionPtr connection = convoy.take()) roster.add(std::move(connection), now);
    roster.call_for_new_work(now, calls);
  });
}

void WorkQueue::reserve(const OnMain&, int workers) noexcept {
  change([workers](Roster& roster, Calls&) { roster.reserve(workers); });
}

int WorkQueue::draft(const OnMain&, int ahead, Instant now) noexcept {
  return roster_.with([&](Roster& roster) { return roster.draft(ahead, now); });
}

void WorkQueue::lose(const OnMain&, int drafted) noexcept {
  change([drafted](Roster& roster, Calls&) { roster.lose(drafted); });
}

bool WorkQueue::calm(const OnMain&) noexcept {
  return roster_.with([](const Roster& roster) { return roster.calm(); });
}

int WorkQueue::workers(const OnListener&) noexcept {
  return roster_.with([](const Roster& roster) { return roster.workers(); });
}

void WorkQueue::enrol(const OnWorker&, Bench& bench, Instant now) noexcept {
  const ThreadId self = around_.threads.self();
  change([&](Roster& roster, Calls&) { roster.enrol(bench, self, now); });
}

WorkQueue::Taken WorkQueue::take(const OnWorker&, Bench& bench, Instant now) noexcept {
  return roster_.with([&](Roster& roster) -> Taken {
    const StopStage stage = around_.stop.stage();
    if (stage != StopStage::Forced) {
      if (std::optional<Work> work = roster.take(bench, now)) {
        publish(roster);
        return std::move(*work);
      }
    }
    const bool retire = stage == StopStage::Forced ||
                        (roster.closed() && may_retire(roster.workers(), around_.ledger.open()));
    if (retire) {
      roster.leave(bench);
    } else {
      roster.rest(bench);
    }
    publish(roster);
    return retire ? Taken{Retire{}} : Taken{Rest{}};
  });
}

void WorkQueue::rest(const OnWorker&, Bench& bench) noexcept {
  roster_.wait(
      bench.bell, [&](const Roster& roster) { return roster.called(bench); },
      [&](Roster& roster) { roster.hear(bench); });
}

void WorkQueue::close(const OnListener&, Instant now) noexcept {
  roster_.with([](Roster& roster) { roster.close(); });
  call_all(now);
}

void WorkQueue::call_all(Instant now) noexcept {
  // Those called first may be asleep again before the last one is called: count the sleepers once.
  auto left = roster_.with([](const Roster& roster) { return roster.sleeping(); });
  for (; left > 0; left -= static_cast<int>(Calls::most)) {
    change([&](Roster& roster, Calls& calls) { roster.call(left, now, calls); });
  }
}

void WorkQueue::call_one(Instant now) noexcept {
  change([&](Roster& roster, Calls& calls) { roster.call(1, now, calls); });
}

void WorkQueue::share_among(const OnListener&, int children) noexcept {
  roster_.with([children](Roster& roster) { roster.share_among(children); });
}

void WorkQueue::relieve(const OnListener&, Instant now) noexcept {
  const int blocked = look_who_is_blocked(now);
  if (empty()) return;
  change([&](Roster& roster, Calls& calls) { roster.relieve(blocked, now, calls); });
}

int WorkQueue::look_who_is_blocked(Instant now) noexcept {
  int blocked = 0;
  Suspects suspects;
  do {
    suspects = roster_.with([now](Roster& roster) { return roster.suspects(now); });
    if (suspects.empty()) break;
    // Not under the lock: the kernel is asked.
    for (Suspects::Suspect& one : suspects) one.wants_processor = around_.threads.wants_processor(one.thread);
    blocked += roster_.with([&](Roster& roster) { return roster.judge(suspects, now); });
  } while (suspects.full());
  return blocked;
}

Duration WorkQueue::busy_for(const OnListener&, Duration slept, Instant now) noexcept {
  return roster_.with([=](const Roster& roster) { return roster.busy_for(slept, now); });
}

void WorkQueue::hand_out_all(Convoy& out) noexcept {
  roster_.with([&](Roster& roster) {
    while (std::optional<Work> work = roster.next()) {
      if (ConnectionPtr* const connection = std::get_if<ConnectionPtr>(&*work))
        out.add(std::move(*connection), Event::Expired);
    }
    publish(roster);
  });
}

std::optional<Instant> WorkQueue::relieve_at(const OnListener&) noexcept {
  return roster_.with([](const Roster& roster) { return roster.relieve_at(); });
}

}  // namespace mpm
