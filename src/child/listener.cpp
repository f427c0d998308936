#include "child/listener.hpp"

namespace mpm {

void Listener::run(NativeThread&) noexcept {
  around_.watch.keep([this](const OnListener& here) { begin(here); });
  while (const auto rest = around_.watch.keep([this](const OnListener& here) { return turn(here); })) {
    if (*rest > Duration{}) around_.watch.rest(*rest);
  }
  around_.queue.call_all(around_.clock.now());
  around_.farewell.gone();
}

void Listener::begin(const OnListener& here) noexcept {
  around_.acceptor.open(here);
  if (!draining()) around_.scoreboard.show_serving();
}

std::optional<Duration> Listener::turn(const OnListener& here) noexcept {
  if (draining()) {
    if (!draining_begun_) begin_to_drain(here);
    if (around_.stopper.stage() == StopStage::Forced || around_.ledger.open() == 0) return std::nullopt;
  }
  const Duration slept = around_.dispatcher.turn(here);
  return draining() ? Duration{} : around_.queue.busy_for(here, slept, around_.clock.now());
}

// The control process decides by what it reads once it has been told, so the telling comes last.
void Listener::begin_to_drain(const OnListener& here) noexcept {
  draining_begun_ = true;
  around_.acceptor.close(here, around_.clock.now());
  around_.scoreboard.show_accepting(Scoreboard::Accepting::No);
  const int workers = around_.queue.workers(here);
  for (int slot = 0; slot < workers; ++slot) around_.scoreboard.show(slot, WorkerStatus::Draining);
  around_.scoreboard.show_draining(around_.stopper.sick() ? Scoreboard::Reason::Shortage
                                                          : Scoreboard::Reason::Asked);
  const Instant now = around_.clock.now();
  around_.lot.hurry(here, now);
  around_.queue.close(here, now);
}

}  // namespace mpm
