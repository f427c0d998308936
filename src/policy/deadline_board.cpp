#include "mpm/policy/deadline_board.hpp"

#include "mpm/policy/eviction.hpp"
#include "mpm/policy/linger.hpp"
#include "mpm/policy/poll_wait.hpp"

#include <algorithm>

namespace mpm {

DeadlineBoard::DeadlineBoard(const TimeoutPlan& plan)
    : plan_(plan), requests_(plan.queues()), sockets_(plan.queues()) {}

bool DeadlineBoard::enter(Waiter& waiter, Waiter::For what, QueueNumber queue, Instant now) noexcept {
  waiter.waits_for = what;
  waiter.queue = queue;
  waiter.parked = now;
  queue_of(what, queue).push_back(waiter);
  // A board that hurries is asked for quiet connections, too, and nothing else may wake the listener for this
  // one.
  const bool evicted_when_quiet = hurries_ && what == Waiter::For::NextRequest;
  return sleeps_past(evicted_when_quiet ? EvictionPolicy::quiet_from(now) : now + plan_.timeout(queue));
}

bool DeadlineBoard::enter_lingering(Waiter& waiter, Instant now) noexcept {
  if (hurries_) waiter.lingers_until = hurried(waiter.lingers_until, now);
  waiter.waits_for = Waiter::For::Client;
  const Instant deadline = std::min(waiter.lingers_until, waiter.rests_until.value_or(Instant::max()));
  clients_.add(waiter, deadline);
  return sleeps_past(deadline);
}

void DeadlineBoard::leave(Waiter& waiter) noexcept {
  if (waiter.waits_for == Waiter::For::Client) {
    clients_.remove(waiter);
  } else {
    queue_of(waiter.waits_for, waiter.queue).remove(waiter);
  }
}

void DeadlineBoard::hurry(Instant now) noexcept {
  hurries_ = true;
  clients_.reschedule([now](Waiter& waiter, Instant deadline) {
    waiter.lingers_until = hurried(waiter.lingers_until, now);
    return std::min(deadline, waiter.lingers_until);
  });
}

Waiter* DeadlineBoard::due(Instant now) const noexcept {
  for (const auto* queues : {&requests_, &sockets_}) {
    for (const Queue& queue : *queues) {
      Waiter* const first = queue.front();
      if (first && first->parked + plan_.timeout(first->queue) <= now) return first;
    }
  }
  Waiter* const first = clients_.first();
  return first && first->in_heap.deadline() <= now ? first : nullptr;
}

Waiter* DeadlineBoard::oldest_kept_alive(Instant latest) const noexcept {
  Waiter* oldest = nullptr;
  for (const Queue& queue : requests_) {
    Waiter* const first = queue.front();
    if (first && first->parked <= latest && (!oldest || first->parked < oldest->parked)) oldest = first;
  }
  return oldest;
}

std::optional<Instant> DeadlineBoard::oldest_parked() const noexcept {
  const Waiter* const oldest = oldest_kept_alive(Instant::max());
  return oldest ? std::optional{oldest->parked} : std::nullopt;
}

std::optional<Instant> DeadlineBoard::next_deadline() const noexcept {
  std::optional<Instant> next;
  for (const auto* queues : {&requests_, &sockets_}) {
    for (const Queue& queue : *queues) {
      if (const Waiter* const first = queue.front()) {
        next = earlier(next, first->parked + plan_.timeout(first->queue));
      }
    }
  }
  if (const Waiter* const first = clients_.first()) next = earlier(next, first->in_heap.deadline());
  return next;
}

std::optional<Instant> DeadlineBoard::promise(Instant now) noexcept {
  const bool still_ahead = promised_ && *promised_ > now;
  promised_ = earlier(next_deadline(), still_ahead ? promised_ : std::nullopt);
  return promised_;
}

Waiter* DeadlineBoard::any() const noexcept {
  for (const auto* queues : {&requests_, &sockets_}) {
    for (const Queue& queue : *queues) {
      if (!queue.empty()) return queue.front();
    }
  }
  return clients_.first();
}

DeadlineBoard::Queue& DeadlineBoard::queue_of(Waiter::For what, QueueNumber queue) noexcept {
  return what == Waiter::For::NextRequest ? requests_[queue] : sockets_[queue];
}

}  // namespace mpm
