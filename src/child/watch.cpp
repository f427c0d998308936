#include "child/watch.hpp"

namespace mpm {

void Watch::take_over() noexcept {
  duty_.with([](Duty& duty) { duty.wanted = true; });
  duty_.wait(
      listener_, [](const Duty& duty) { return !duty.kept; },
      [](Duty& duty) { duty = {.kept = true, .wanted = false, .called = false}; });
}

void Watch::leave() noexcept {
  duty_.with([](Duty& duty) { duty.kept = false; });
}

void Watch::rest(Duration longest) noexcept {
  resting_.store(true, std::memory_order_relaxed);
  duty_.wait_for(
      listener_, longest, [](const Duty& duty) { return duty.called; }, [](Duty&) {});
  resting_.store(false, std::memory_order_relaxed);
}

void Watch::stand_in(const OnWorker&) noexcept {
  if (!rests()) return;
  const bool mine = duty_.with([](Duty& duty) {
    const bool free = !duty.kept && !duty.wanted;
    duty.kept = duty.kept || free;
    return free;
  });
  if (!mine) return;
  const OnListener stand_in;
  const bool found = dispatcher_.turn(stand_in, Dispatcher::Sleep::No);
  const bool ring = duty_.with([found](Duty& duty) {
    duty.kept = false;
    duty.called = duty.called || !found;
    return duty.called || duty.wanted;
  });
  if (ring) listener_.ring();
}

}  // namespace mpm
