#include "parent/predecessors.hpp"

#include <algorithm>

namespace mpm {

void Predecessors::dismiss_if_relieved(Seats seats) noexcept {
  const bool all_serve = !any(Seat::Phase::Starting) && any(Seat::Phase::Serving);
  if (seats == Seats::Short || all_serve) dismiss();
}

void Predecessors::tick() noexcept {
  if (relieved() || ++ticks_ >= ticks_without_successor) dismiss();
}

bool Predecessors::relieved() const noexcept {
  return any(Seat::Phase::Starting) || any(Seat::Phase::Serving);
}

// A successor that drains already was short of something, and relieves nobody.
bool Predecessors::any(Seat::Phase successor) const noexcept {
  return std::ranges::any_of(children_.used(), [&](const Seat& s) {
    return s.taken() && children_.is_current(s) && s.phase == successor;
  });
}

void Predecessors::dismiss() noexcept {
  // One request too many does no harm: nobody else reads from these pipes.
  const int old = children_.count_older();
  for (DeathPipe* const pod : pods_) {
    pod->ask(old, DeathPipe::Request::Graceful);
    pod->let_go();
  }
  pods_ = {};
}

}  // namespace mpm
