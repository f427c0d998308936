#include "child/suspensions.hpp"

#include <algorithm>
#include <utility>

namespace mpm {

// The Parting says whether the connection is still there: once modules are told, they may end it.
ConnectionPtr Suspensions::let_go(const OnWorker& here, ConnectionPtr connection) noexcept {
  ConnectionHost& host = connection->host();
  connection->suspended_in = this;
  Parting parting{.connection = connection.get()};
  books_.with([&](Books& books) {
    parting.given_back = books.has_back(host);
    parting.connection->parting = &parting;
    books.kept.push_back(*connection.release());
  });
  host.detach(here);
  return books_.with([&](Books& books) {
    if (!parting.connection) return ConnectionPtr();
    parting.connection->parting = nullptr;
    parting.connection->host().unseat();
    if (!parting.given_back) return ConnectionPtr();
    return books.give_out(*parting.connection);
  });
}

void Suspensions::begin_callback(const OnWorker&, int slot) noexcept {
  books_.with([slot](Books& books) { books.caller(slot) = std::thread::id{}; });
}

ConnectionPtr Suspensions::take_back(const OnWorker&, int slot) noexcept {
  const std::thread::id self = std::this_thread::get_id();
  return books_.with([&](Books& books) {
    books.caller(slot) = self;
    for (Connection* one = books.kept.front(); one; one = books.kept.after(*one)) {
      if (!one->host().was_given_back(self)) continue;
      if (!one->parting) return books.give_out(*one);
      one->parting->given_back = true;
    }
    return ConnectionPtr();
  });
}

void Suspensions::forget(Connection& connection) noexcept {
  books_.with([&](Books& books) {
    books.kept.remove(connection);
    if (connection.parting) connection.parting->connection = nullptr;
  });
}

ConnectionPtr Suspensions::Books::give_out(Connection& connection) noexcept {
  kept.remove(connection);
  connection.suspended_in = nullptr;
  connection.pending = Event::WantsFlush;
  return ConnectionPtr(&connection);
}

bool Suspensions::Books::has_back(const ConnectionHost& host) const noexcept {
  const std::thread::id self = std::this_thread::get_id();
  return std::ranges::any_of(callers, [&](std::thread::id caller) {
    return caller != std::thread::id{} && caller != self && host.was_given_back(caller);
  });
}

}  // namespace mpm
