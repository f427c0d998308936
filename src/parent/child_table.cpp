#include "parent/child_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace mpm {

void ChildTable::born(int slot, const Forked& child) noexcept {
  assert(!seat(slot).taken());
  at(slot) = {.pid = child.pid,
              .generation = generation_,
              .lifeline = child.lifeline,
              .phase = Seat::Phase::Starting};
  memory_.seats_used = std::max(memory_.seats_used, slot + 1);
  records_.enter(slot, child.pid, generation_);
  journal_.child_started(name(slot), headcount());
}

void ChildTable::serving(int slot) noexcept {
  if (seat(slot).phase == Seat::Phase::Starting) at(slot).phase = Seat::Phase::Serving;
  memory_.healthy_child_seen = 1;  // a child says this only if all its threads run
}

void ChildTable::draining(int slot) noexcept {
  if (seat(slot).phase == Seat::Phase::Draining) return;
  at(slot).phase = Seat::Phase::Draining;
  records_.mark_draining(slot);
  journal_.child_draining(name(slot), headcount());
}

int ChildTable::died(int slot) noexcept {
  const ChildName gone = name(slot);
  const Seat left = std::exchange(at(slot), Seat{});
  while (memory_.seats_used > 0 && !seat(memory_.seats_used - 1).taken()) --memory_.seats_used;
  records_.leave(slot, gone.pid, gone.generation);
  using enum ControlJournal::Farewell;
  journal_.child_stopped(gone, headcount(), left.phase == Seat::Phase::Draining ? Announced : Sudden);
  return left.lifeline;
}

int ChildTable::hang_up(int slot) noexcept { return std::exchange(at(slot).lifeline, -1); }

std::optional<int> ChildTable::find(int pid) const noexcept {
  const auto seats = used();
  const auto found = std::ranges::find(seats, pid, &Seat::pid);
  if (pid <= 0 || found == seats.end()) return std::nullopt;
  return static_cast<int>(found - seats.begin());
}

std::optional<int> ChildTable::free_seat(int bucket) const noexcept {
  for (int slot = bucket; slot < limits_.seats; slot += limits_.buckets)
    if (!seat(slot).taken()) return slot;
  return std::nullopt;
}

int ChildTable::count(Of whom) const noexcept {
  return static_cast<int>(std::ranges::count_if(used(), [&](const Seat& s) {
    return s.taken() && (whom == Of::All || (whom == Of::ThisGeneration) == is_current(s));
  }));
}

int ChildTable::active_in(int bucket) const noexcept {
  int children = 0;
  for (int slot = bucket; slot < memory_.seats_used; slot += limits_.buckets)
    if (is_active(seat(slot))) ++children;
  return children;
}

Headcount ChildTable::headcount() const noexcept {
  const auto active = std::ranges::count_if(used(), [&](const Seat& s) { return is_active(s); });
  return {.active = static_cast<int>(active),
          .active_limit = limits_.active_children,
          .total = count(Of::All),
          .seats_used = memory_.seats_used,
          .seats = limits_.seats};
}

Census ChildTable::census(int bucket) noexcept {
  Census census;
  for (int slot = bucket; slot < limits_.seats; slot += limits_.buckets) {
    if (!seat(slot).taken()) {
      ++census.free_seats;
      continue;
    }
    if (seat(slot).lifeline < 0 && records_.leaving(slot) == ChildRecords::Leaving::Yes) draining(slot);
    count_threads(slot, census);
  }
  const Headcount heads = headcount();
  census.active_children = heads.active;
  census.total_children = heads.total;
  return census;
}

void ChildTable::count_threads(int slot, Census& census) noexcept {
  const ThreadCount threads = records_.threads(slot);
  census.busy_threads += threads.up;
  if (threads.up >= limits_.threads_per_child) memory_.healthy_child_seen = 1;
  if (is_active(seat(slot)) && records_.accepting(slot) == ChildRecords::Accepting::Yes)
    census.idle_threads += threads.ready;
}

std::span<const int> ChildTable::lifelines() noexcept {
  lifelines_.clear();
  for (const Seat& s : used()) lifelines_.push_back(s.lifeline);
  return lifelines_;
}

std::span<const Seat> ChildTable::used() const noexcept {
  return seats_.first(static_cast<std::size_t>(memory_.seats_used));
}

ChildName ChildTable::name(int slot) const noexcept {
  return {.slot = slot, .pid = seat(slot).pid, .generation = seat(slot).generation};
}

}  // namespace mpm
