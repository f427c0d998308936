#include "parent/succession.hpp"

#include "mpm/policy/eviction.hpp"

#include <algorithm>
#include <array>

namespace mpm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// For a child without a lifeline, whose end makes no sound.
constexpr Duration tick = seconds{1};
constexpr Duration between_looks = milliseconds{100};
// For children that are to stop accepting, which takes them a moment.
constexpr Duration patience_at_the_door = seconds{1};
// For requests that are being served then, and for kept-alive connections to be quiet for so long that they
// are closed: until then their next requests are answered. Nobody accepts meanwhile.
constexpr Duration time_for_what_is_under_way = EvictionPolicy::quiet_time + milliseconds{50};

}  // namespace

void Succession::stop(Cause cause) noexcept {
  end_children();
  if (cause == Cause::Fatal) return;
  tools_.presence.remove_pid_file();
  tools_.journal.stopping();
}

void Succession::stop_gracefully(Cause cause, std::optional<Duration> patience) noexcept {
  tools_.presence.stop_listening();
  ask_all(DeathPipe::Request::Graceful);
  // Whoever has not received the request, because it could not be written, hears the silence.
  for (DeathPipe* const pod : tools_.pods) pod->let_go();
  if (cause == Cause::Asked) {
    tools_.presence.remove_pid_file();
    tools_.journal.stopping_gracefully();
  }
  const Instant start = tools_.clock.now();
  for (Order known = tools_.processes.order(); anybody_left() && known != Order::Stop;
       known = tools_.processes.order()) {
    const Duration waited = tools_.clock.now() - start;
    if (patience && waited >= *patience) break;
    static_cast<void>(
        tools_.reaper.wait_and_collect(patience ? std::min(*patience - waited, tick) : tick, known));
  }
  end_children();
}

void Succession::restart() noexcept {
  tools_.journal.restarting();
  end_children();
}

void Succession::restart_gracefully() noexcept {
  if (tools_.processes.has_other_children()) shut_the_doors();
  tools_.journal.restarting_gracefully();
}

// Whoever is let in from now on would be served by a child whose logger or daemon is gone, and so would a
// request that takes longer than this waits (docs/adr/0024).
void Succession::shut_the_doors() noexcept {
  ask_all(DeathPipe::Request::Graceful);
  listen_while(&Succession::anybody_accepts, patience_at_the_door);
  listen_while(&Succession::anybody_lives, time_for_what_is_under_way);
}

// Whoever ends meanwhile is collected by the next configuration: its modules are told, and those that want to
// know when a generation has ended. Modules of this one would not be asked any more.
void Succession::listen_while(bool (Succession::*holds)() const noexcept, Duration at_most) noexcept {
  const Instant until = tools_.clock.now() + at_most;
  for (Instant now = tools_.clock.now(); now < until && (this->*holds)(); now = tools_.clock.now()) {
    if (tools_.processes.order() != Order::RestartGracefully) return;
    tools_.reaper.listen(until - now, Order::RestartGracefully);
  }
}

bool Succession::anybody_accepts() const noexcept {
  return std::ranges::any_of(tools_.children.used(), [this](const Seat& seat) {
    return lives(seat) && seat.phase != Seat::Phase::Draining;
  });
}

bool Succession::anybody_lives() const noexcept {
  return std::ranges::any_of(tools_.children.used(), [this](const Seat& seat) { return lives(seat); });
}

bool Succession::lives(const Seat& seat) const noexcept {
  return seat.taken() && tools_.children.is_current(seat) && seat.lifeline >= 0;
}

void Succession::ask_all(DeathPipe::Request request) noexcept {
  const int children = tools_.children.count();
  for (DeathPipe* const pod : tools_.pods) pod->ask(children, request);
}

void Succession::end_children() noexcept {
  struct Step {
    seconds after;
    Measure measure;
  };
  // The patience that httpd has with the children of every MPM.
  static constexpr std::array<Step, 6> ladder = {
      Step{seconds{0}, Measure::Terminate},      Step{seconds{3}, Measure::TerminateAgain},
      Step{seconds{5}, Measure::TerminateAgain}, Step{seconds{7}, Measure::TerminateAgain},
      Step{seconds{9}, Measure::Kill},           Step{seconds{10}, Measure::GiveUp},
  };
  ask_all(DeathPipe::Request::Forced);
  const Instant start = tools_.clock.now();
  for (const Step& step : ladder) {
    wait_for_exits(start + step.after);
    take(step.measure);
  }
  tools_.processes.tell_modules_of_restart();
}

void Succession::wait_for_exits(Instant until) noexcept {
  for (Instant now = tools_.clock.now(); anybody_left() && now < until; now = tools_.clock.now())
    static_cast<void>(
        tools_.reaper.wait_and_collect(std::min(until - now, between_looks), tools_.processes.order()));
}

void Succession::take(Measure measure) noexcept {
  for (const Seat& seat : tools_.children.used()) {
    if (!seat.taken() || !tools_.processes.is_child(seat.pid)) continue;
    if (measure == Measure::TerminateAgain) tools_.journal.child_outstays(seat.pid);
    if (measure == Measure::Kill) tools_.journal.killing_child(seat.pid);
    if (measure == Measure::GiveUp) {
      tools_.journal.cannot_end_child(seat.pid);
      continue;
    }
    tools_.processes.send(seat.pid,
                          measure == Measure::Kill ? Processes::Signal::Kill : Processes::Signal::Terminate);
  }
}

}  // namespace mpm
