#include "child/suspensions.hpp"

#include <algorithm>
#include <thread>
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
  Convoy back;
  books_.with([&](Books& books) {
    if (!parting.connection) return;
    parting.connection->parting = nullptr;
    parting.connection->host().unseat();
    if (parting.given_back) books.give_out(*parting.connection, back);
  });
  return back.take();
}

void Suspensions::begin_callback(const OnWorker&, int slot) noexcept {
  books_.with([&](Books& books) {
    const std::uint64_t number = ++begun_;
    Caller& caller = books.caller(slot);
    caller.thread = std::thread::id{};
    if (caller.since == 0) caller.since = number;
  });
}

void Suspensions::take_back(const OnWorker&, int slot, Convoy& back) noexcept {
  books_.with([&](Books& books) {
    Caller& caller = books.caller(slot);
    caller.thread = std::this_thread::get_id();
    for (Connection *one = books.kept.front(), *next = nullptr; one; one = next) {
      next = books.kept.after(*one);
      if (!one->host().was_given_back(caller)) continue;
      if (one->parting) {
        one->parting->given_back = true;
      } else {
        books.give_out(*one, back);
      }
    }
  });
}

void Suspensions::forget(Connection& connection) noexcept {
  books_.with([&](Books& books) {
    books.kept.remove(connection);
    if (connection.parting) connection.parting->connection = nullptr;
  });
}

void Suspensions::Books::give_out(Connection& connection, Convoy& back) noexcept {
  kept.remove(connection);
  connection.suspended_in = nullptr;
  back.add(ConnectionPtr(&connection), Event::WantsFlush);
}

bool Suspensions::Books::has_back(const ConnectionHost& host) const noexcept {
  const std::thread::id self = std::this_thread::get_id();
  return std::ranges::any_of(callers, [&](const Caller& caller) {
    return caller.thread != std::thread::id{} && caller.thread != self && host.was_given_back(caller);
  });
}

}  // namespace mpm
