#include "parent/reaper.hpp"

#include <algorithm>

namespace mpm {
namespace {

constexpr Duration look_again_after = std::chrono::milliseconds{1};

bool has_hung_up(const Seat& seat) noexcept { return seat.taken() && seat.lifeline < 0; }

}  // namespace

Reaper::Verdict Reaper::wait_and_collect(Duration at_most, Order known) noexcept {
  const bool soon = looks_ > 0 && std::ranges::any_of(tools_.children.used(), has_hung_up);
  listen(soon ? std::min(at_most, look_again_after) : at_most, known);
  if (looks_ > 0) --looks_;

  deaths_.clear();
  while (const auto death = tools_.processes.next_death()) deaths_.push_back(*death);
  // What they said last may have come after we stopped listening, and before they ended.
  if (!deaths_.empty()) listen(Duration::zero(), known);
  Verdict verdict = Verdict::GoOn;
  for (const Death& death : deaths_) verdict = std::max(verdict, collect(death));
  collect_lost();
  return verdict;
}

// Only who has no lifeline: the end of one is the first to be heard. How a lost one ended is not known.
void Reaper::collect_lost() noexcept {
  const auto seats = tools_.children.used();
  for (std::size_t index = seats.size(); index-- > 0;) {
    const Seat& seat = seats[index];
    if (has_hung_up(seat) && !tools_.processes.is_child(seat.pid))
      static_cast<void>(collect_child(static_cast<int>(index), {.pid = seat.pid}));
  }
}

void Reaper::listen(Duration at_most, Order known) noexcept {
  const Processes::Vigil vigil = {
      .lifelines = tools_.children.lifelines(), .at_most = at_most, .known = known};
  for (const Message& message : tools_.processes.wait(vigil)) hear(message);
}

void Reaper::hear(const Message& message) noexcept {
  ChildTable& children = tools_.children;
  const Seat& seat = children.seat(message.seat);
  if (!seat.taken()) return;
  const bool was_draining = seat.phase == Seat::Phase::Draining;
  const int bucket = children.bucket_of(seat);
  switch (message.word) {
    case Word::Serving:
      children.serving(message.seat);
      return;
    case Word::Draining:
      children.draining(message.seat);
      if (!was_draining && children.is_current(seat)) maintenance_.departed(bucket);
      return;
    case Word::Ailing:
      children.draining(message.seat);
      return;
    case Word::GaveUpRow:
      // Somebody was wanted here.
      if (children.row_given_up(message.seat) == ChildTable::Outcome::Freed) maintenance_.departed(bucket);
      return;
    case Word::KeepsRow:
      children.row_refused(message.seat);
      return;
    case Word::Gone:
      tools_.processes.close_lifeline(children.hang_up(message.seat));
      looks_ = most_looks;
      return;
  }
}

Reaper::Verdict Reaper::collect(const Death& death) noexcept {
  if (const auto seat = tools_.children.find(death.pid)) return collect_child(*seat, death);
  collect_stranger(death);
  return Verdict::GoOn;
}

Reaper::Verdict Reaper::collect_child(int index, const Death& death) noexcept {
  const Seat& seat = tools_.children.seat(index);
  const bool current = tools_.children.is_current(seat);
  const Consequence what =
      consequence(death.kind, current ? Origin::ThisGeneration : Origin::OlderGeneration);
  if (what == Consequence::IgnoreFatal) tools_.journal.fatal_child_ignored(death.pid);
  if (what == Consequence::GrowSlowly || what == Consequence::IgnoreFatal)
    maintenance_.fell_sick(tools_.children.bucket_of(seat));
  if (seat.row != Seat::Row::GivenUp) tell_maintenance(seat, what, death);
  tools_.processes.close_lifeline(tools_.children.died(index));
  return what == Consequence::StopServer ? Verdict::Fatal : Verdict::GoOn;
}

void Reaper::tell_maintenance(const Seat& seat, Consequence what, const Death& death) noexcept {
  const int bucket = tools_.children.bucket_of(seat);
  if (!tools_.children.is_current(seat)) {
    // Its seat may be the first one for a new child in this bucket, whose sockets nobody accepts from
    // otherwise.
    if (tools_.children.active_in(bucket) == 0) maintenance_.departed(bucket);
  } else if (what == Consequence::None) {
    const bool was_active = seat.phase != Seat::Phase::Draining;
    if (death.kind == ExitKind::Crashed && was_active) {
      maintenance_.crashed(bucket);
    } else if (seat.phase != Seat::Phase::Starting) {
      maintenance_.departed(bucket);
    }
    // A child that never began to serve would be followed by others like it as fast as they can be started:
    // the tick finds its threads missing.
  }
}

// Whatever it ended with: a program of a module's, or in a container one that has lost its parent.
void Reaper::collect_stranger(const Death& death) noexcept {
  const bool is_a_modules = tools_.processes.offer_to_modules(death) == Processes::Claim::Claimed;
  if (!is_a_modules && strangers_ == Strangers::Noted) tools_.journal.unknown_child(death.pid);
}

}  // namespace mpm
