#include "parent/child_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace mpm {
namespace {

ChildName name_of(const Seat& seat) noexcept {
  return {.slot = seat.slot, .pid = seat.pid, .generation = seat.generation};
}

}  // namespace

void ChildTable::born(const Place& place, const Forked& child) noexcept {
  assert(!seat(place.slot).taken());
  at(place.slot) = {.pid = child.pid,
                    .generation = generation_,
                    .slot = place.slot,
                    .number = place.number,
                    .lifeline = child.lifeline};
  memory_.seats_used = std::max(memory_.seats_used, place.slot + 1);
  records_.enter(place.slot, child.pid, generation_);
  journal_.child_started(name_of(seat(place.slot)), headcount());
}

void ChildTable::serving(int index) noexcept {
  if (seat(index).phase == Seat::Phase::Starting) at(index).phase = Seat::Phase::Serving;
  memory_.healthy_child_seen = 1;  // a child says this only when it can serve
}

void ChildTable::draining(int index) noexcept {
  if (seat(index).phase == Seat::Phase::Draining) return;
  at(index).phase = Seat::Phase::Draining;
  records_.mark_draining(seat(index).slot);
  journal_.child_draining(name_of(seat(index)), headcount());
}

int ChildTable::died(int index) noexcept {
  const ChildName gone = name_of(seat(index));
  const Seat left = std::exchange(at(index), Seat{});
  while (memory_.seats_used > 0 && !seat(memory_.seats_used - 1).taken()) --memory_.seats_used;
  if (left.row == Seat::Row::GivenUp) {
    records_.exited_without_row(gone.pid, gone.generation);
  } else {
    records_.exited(gone.slot, gone.pid, gone.generation);
  }
  using enum ControlJournal::Farewell;
  journal_.child_stopped(gone, headcount(), left.phase == Seat::Phase::Draining ? Announced : Sudden);
  return left.lifeline;
}

int ChildTable::hang_up(int index) noexcept { return std::exchange(at(index).lifeline, -1); }

std::optional<int> ChildTable::row_to_ask_for(int bucket) const noexcept {
  if (room_to_stand() <= 0) return std::nullopt;
  std::optional<int> oldest;
  for (int slot = bucket; slot < limits_.server_limit; slot += limits_.buckets) {
    const bool older = !oldest || seat(slot).generation < seat(*oldest).generation;
    if (older && may_be_asked(seat(slot))) oldest = slot;
  }
  return oldest;
}

void ChildTable::row_refused(int index) noexcept {
  if (was_asked(seat(index))) at(index).row = Seat::Row::Refused;
}

ChildTable::Outcome ChildTable::row_given_up(int index) noexcept {
  if (!was_asked(seat(index))) return Outcome::Ignored;
  const auto standing = seats_.subspan(static_cast<std::size_t>(limits_.server_limit));
  const auto place = std::ranges::find_if_not(standing, &Seat::taken);
  assert(place != standing.end());  // room_to_stand() was asked before
  if (place == standing.end()) return Outcome::Ignored;
  *place = std::exchange(at(index), Seat{});
  place->row = Seat::Row::GivenUp;
  memory_.seats_used = std::max(memory_.seats_used, static_cast<int>(place - seats_.begin()) + 1);
  records_.give_up(place->slot, place->pid, place->generation);
  journal_.child_gave_up_row(name_of(*place), headcount());
  return Outcome::Freed;
}

int ChildTable::rows_wanted(int bucket) const noexcept {
  int wanted = 0;
  for (int slot = bucket; slot < limits_.server_limit; slot += limits_.buckets)
    if (seat(slot).row == Seat::Row::Wanted) ++wanted;
  return wanted;
}

void ChildTable::rows_overdue() noexcept {
  for (Seat& seat : seats_.first(static_cast<std::size_t>(memory_.seats_used)))
    if (seat.row == Seat::Row::Wanted) seat.row = Seat::Row::Overdue;
}

int ChildTable::room_to_stand() const noexcept {
  const auto asked = std::ranges::count_if(seats_, &ChildTable::was_asked);
  const auto standing = std::ranges::count(seats_, Seat::Row::GivenUp, &Seat::row);
  return static_cast<int>(std::ssize(seats_) - limits_.server_limit - standing - asked);
}

std::optional<int> ChildTable::find(int pid) const noexcept {
  const auto seats = used();
  const auto found = std::ranges::find(seats, pid, &Seat::pid);
  if (pid <= 0 || found == seats.end()) return std::nullopt;
  return static_cast<int>(found - seats.begin());
}

std::optional<int> ChildTable::free_seat(int bucket) const noexcept {
  for (int slot = bucket; slot < limits_.server_limit; slot += limits_.buckets)
    if (!seat(slot).taken()) return slot;
  return std::nullopt;
}

Place ChildTable::place_at(int slot) const noexcept {
  return {.slot = slot, .bucket = bucket_of_row(slot), .number = free_number(slot)};
}

int ChildTable::free_number(int slot) const noexcept {
  const auto is_free = [this](int number) {
    return std::ranges::none_of(used(), [=](const Seat& s) { return s.taken() && s.number == number; });
  };
  int number = slot;
  for (int next = limits_.server_limit; !is_free(number); ++next) number = next;
  return number;
}

int ChildTable::count() const noexcept {
  return static_cast<int>(std::ranges::count_if(used(), &Seat::taken));
}

int ChildTable::count_older() const noexcept {
  return static_cast<int>(
      std::ranges::count_if(used(), [&](const Seat& s) { return s.taken() && !is_current(s); }));
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
          .active_limit = limits_.active_limit,
          .total = count(),
          .seats_used = std::min(memory_.seats_used, limits_.server_limit),
          .server_limit = limits_.server_limit};
}

void ChildTable::read_scoreboard(int bucket) noexcept {
  for (int slot = bucket; slot < limits_.server_limit; slot += limits_.buckets) {
    if (!seat(slot).taken()) continue;
    if (seat(slot).lifeline < 0) read_record_of_silent_child(slot);
    if (records_.threads(slot).active >= limits_.threads_per_child) memory_.healthy_child_seen = 1;
  }
}

Census ChildTable::census(int bucket) const noexcept {
  Census census;
  int to_be_had = 0;
  for (int slot = bucket; slot < limits_.server_limit; slot += limits_.buckets) {
    if (!seat(slot).taken()) {
      ++census.free_seats;
      continue;
    }
    if (may_be_asked(seat(slot))) ++to_be_had;
    count_threads(slot, census);
  }
  census.free_seats += std::min(to_be_had, room_to_stand());
  const Headcount heads = headcount();
  census.active_children = heads.active;
  census.total_children = heads.total;
  for (int other = 0; other < limits_.buckets; ++other)
    if (other != bucket && active_in(other) == 0) ++census.empty_buckets;
  return census;
}

void ChildTable::read_record_of_silent_child(int slot) noexcept {
  if (records_.is_draining(slot)) {
    draining(slot);
  } else if (seat(slot).phase == Seat::Phase::Starting && records_.threads(slot).active > 0) {
    at(slot).phase = Seat::Phase::Serving;
  }
}

void ChildTable::count_threads(int slot, Census& census) const noexcept {
  const ThreadCount threads = records_.threads(slot);
  census.active_threads += threads.active;
  if (!is_active(seat(slot))) {
    ++census.held_seats;
    return;
  }
  // Who is in reserve serves when called: a child that has yet to grow is no smaller for it (ADR 23).
  census.active_threads += threads.reserve;
  census.missing_threads += threads.vacant;
  if (!records_.is_accepting(slot)) return;
  census.idle_threads += threads.idle;
  // A child that is slow to start is not helped by a second one.
  if (seat(slot).phase == Seat::Phase::Starting) census.idle_threads += threads.vacant;
}

std::span<const int> ChildTable::lifelines() noexcept {
  lifelines_.clear();
  for (const Seat& s : used()) lifelines_.push_back(s.lifeline);
  return lifelines_;
}

std::span<const Seat> ChildTable::used() const noexcept {
  return seats_.first(static_cast<std::size_t>(memory_.seats_used));
}

}  // namespace mpm
