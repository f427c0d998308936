#include "parent/control_loop.hpp"

#include <algorithm>

namespace mpm {

// In each turn, in this order:
//   1. an order ends the loop, before anything is started that it would have to end;
//   2. predecessors are dismissed as soon as they are not needed, which may be before anything happens;
//   3. wait, hear what children say, collect those that ended;
//   4. the successors of children that left;
//   5. once a second: the monitor hook's turn, and spare threads; last, or a crashed child would be replaced
//      by the tick, which finds threads missing, and then once more.
ControlLoop::Ending ControlLoop::run() noexcept {
  Instant now = tools_.clock.now();
  next_tick_ = now + tick_length;
  while (tools_.processes.order() == Order::None) {
    tools_.predecessors.dismiss_if_relieved(
        tools_.maintenance.is_short_of_seats() ? Predecessors::Seats::Short : Predecessors::Seats::Enough);
    if (tools_.reaper.wait_and_collect(time_to_sleep(now), Order::None) == Reaper::Verdict::Fatal)
      return fatal;
    now = tools_.clock.now();
    tools_.maintenance.settle(now);
    if (tick_if_due(now) == Maintenance::Outlook::Hopeless) return fatal;
  }
  return {.order = tools_.processes.order()};
}

Maintenance::Outlook ControlLoop::tick_if_due(Instant now) noexcept {
  if (now < next_tick_) return Maintenance::Outlook::Fine;
  next_tick_ = now + tick_length;
  tools_.processes.housekeeping();
  tools_.predecessors.tick();
  return tools_.maintenance.tick();
}

Duration ControlLoop::time_to_sleep(Instant now) const noexcept {
  const Instant until = std::min(next_tick_, tools_.maintenance.unsettled_until().value_or(next_tick_));
  return std::max(Duration::zero(), until - now);
}

}  // namespace mpm
