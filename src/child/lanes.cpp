#include "child/lanes.hpp"

#include "mpm/policy/poll_wait.hpp"

#include <utility>

namespace mpm {
namespace {

bool lingers(const Connection& connection) noexcept { return connection.state() == State::Lingering; }

bool is_to_be_closed(const Connection& connection) noexcept {
  return !lingers(connection) &&
         (connection.pending == Event::Expired || connection.pending == Event::Evicted);
}

}  // namespace

Lanes::~Lanes() {
  while (next()) {
  }
}

void Lanes::add(ConnectionPtr connection, Instant now) noexcept {
  connection->queued = now;
  const bool to_be_closed = is_to_be_closed(*connection);
  if (to_be_closed) ++to_be_closed_;
  Lane& lane = to_be_closed || lingers(*connection) ? closings_ : requests_;
  lane.push_back(*connection.release());
}

void Lanes::add(TimerPtr timer, Instant now) noexcept {
  timer->queued = now;
  timers_.push_back(*timer.release());
}

std::optional<Work> Lanes::next() noexcept {
  std::optional<Work> work;
  if (Timer* const timer = timers_.pop_front()) {
    work.emplace(TimerPtr(timer));
  } else if (Lane* const lane = next_lane()) {
    Connection* const connection = lane->pop_front();
    if (is_to_be_closed(*connection)) --to_be_closed_;
    work.emplace(ConnectionPtr(connection));
  }
  return work;
}

Lanes::Lane* Lanes::next_lane() noexcept {
  const Connection* const request = requests_.front();
  const Connection* const closing = closings_.front();
  if (request && closing) return closing->queued < request->queued ? &closings_ : &requests_;
  if (request) return &requests_;
  return closing ? &closings_ : nullptr;
}

int Lanes::waiting() const noexcept { return requests() + static_cast<int>(closings_.size()); }

int Lanes::requests() const noexcept { return static_cast<int>(timers_.size() + requests_.size()); }

std::optional<Instant> Lanes::oldest() const noexcept {
  std::optional<Instant> oldest;
  if (const Timer* const timer = timers_.front()) oldest = timer->queued;
  if (const Connection* const request = requests_.front()) oldest = earlier(oldest, request->queued);
  if (const Connection* const closing = closings_.front()) oldest = earlier(oldest, closing->queued);
  return oldest;
}

}  // namespace mpm
