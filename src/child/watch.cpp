#include "child/watch.hpp"

namespace mpm {

void Watch::rest(Duration longest) noexcept {
  using Listening = Duty::Listening;
  duty_.with([](Duty& duty) { duty.listener = Listening::Rests; });
  duty_.wait_for(
      listener_, longest, [](const Duty& duty) { return duty.listener == Listening::Returns; },
      [](Duty& duty) { duty.listener = Listening::Returns; });
  duty_.wait(
      listener_, [](const Duty& duty) { return !duty.stood_in_for; },
      [](Duty& duty) { duty.listener = Listening::Keeps; });
}

void Watch::stand_in(const OnWorker&) noexcept {
  using Listening = Duty::Listening;
  const bool mine = duty_.with([](Duty& duty) {
    if (duty.listener != Listening::Rests || duty.stood_in_for) return false;
    duty.stood_in_for = true;
    return true;
  });
  if (!mine) return;
  const OnListener here;
  const bool rests_on = dispatcher_.brief_turn(here);
  const bool ring = duty_.with([rests_on](Duty& duty) {
    duty.stood_in_for = false;
    if (!rests_on) duty.listener = Listening::Returns;
    return duty.listener == Listening::Returns;
  });
  if (ring) listener_.ring();
}

}  // namespace mpm
