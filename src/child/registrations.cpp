#include "child/registrations.hpp"

#include <utility>

namespace mpm {
namespace {

/// A connection in the run queue will be read from soon. To be told of it so often costs as much as to leave
/// the pollset and to come back.
constexpr int most_told_in_vain = 8;

}  // namespace

Status Registrations::enter(Connection& connection, Sense sense) noexcept {
  Registration& it = connection.registration_;
  if (it.socket && it.sense == sense) {
    it.kept_in_wait = waits_;
    it.times_told = 0;
    return Status::ok();
  }
  cancel(connection);
  it = {.socket = connection.host().watchable(), .sense = sense};
  it.socket->owner.connection = &connection;
  const Status watched = poller_.watch(*it.socket, sense);
  if (!watched.is_ok()) it.socket.reset();
  return watched;
}

void Registrations::cancel(Connection& connection) noexcept {
  std::unique_ptr<Watched>& socket = connection.registration_.socket;
  if (!socket) return;
  socket->owner.connection = nullptr;
  const bool forgotten = poller_.forget(*socket).is_ok();
  (forgotten ? given_up_ : closed_).push_back(std::move(socket));
}

void Registrations::begin_wait() noexcept {
  ++waits_;
  given_up_.clear();
}

bool Registrations::is_old_news(const Connection& connection) const noexcept {
  const Registration& it = connection.registration_;
  return it.kept_in_wait == waits_ && !poller_.is_ready(*it.socket);
}

void Registrations::told_in_vain(Connection& connection) noexcept {
  if (++connection.registration_.times_told >= most_told_in_vain) cancel(connection);
}

}  // namespace mpm
