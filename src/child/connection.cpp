#include "child/connection.hpp"

#include <cassert>
#include <new>
#include <utility>

namespace mpm {

ConnectionPtr Connection::make(ConnectionHost& host, Ledger& ledger) noexcept {
  void* const room = host.room(sizeof(Connection),
                               [](void* made) noexcept { static_cast<Connection*>(made)->~Connection(); });
  return ConnectionPtr(::new (room) Connection(host, ledger));
}

Connection::~Connection() {
  if (suspended_in) suspended_in->forget(*this);
  leave_pollset();
}

void Connection::leave_pollset() noexcept {
  if (Registry* const registry = std::exchange(registered_in, nullptr)) registry->forget(*this);
}

Then Connection::on(Event event) noexcept {
  const Row* const row = step(state_, event);
  assert(row && "an event that the table does not know");
  state_ = row ? row->to : State::Closed;
  entry_.move_to(state_);
  return row ? row->then : Then::Close;
}

void EndConnection::operator()(Connection* connection) const noexcept {
  connection->leave_pollset();
  connection->host().end();
}

}  // namespace mpm
