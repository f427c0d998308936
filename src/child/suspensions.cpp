#include "child/suspensions.hpp"

namespace mpm {

void Suspensions::keep(const OnWorker&, Connection& connection) noexcept {
  connection.suspended_in = this;
  kept_.with([&](auto& kept) { kept.push_back(connection); });
}

ConnectionPtr Suspensions::take_back(const OnWorker& here) noexcept {
  Connection* const back = kept_.with([&](auto& kept) -> Connection* {
    Connection* one = kept.front();
    while (one && !one->host().was_given_back(here)) one = kept.after(*one);
    if (one) kept.remove(*one);
    return one;
  });
  if (back) {
    back->suspended_in = nullptr;
    back->pending = Event::WantsFlush;
  }
  return ConnectionPtr(back);
}

void Suspensions::forget(Connection& connection) noexcept {
  kept_.with([&](auto& kept) { kept.remove(connection); });
}

}  // namespace mpm
