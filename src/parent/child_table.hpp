#pragma once

#include "mpm/policy/control_memory.hpp"
#include "mpm/policy/spawn_policy.hpp"
#include "mpm/ports/child_records.hpp"
#include "mpm/ports/control_journal.hpp"
#include "mpm/ports/processes.hpp"

#include <optional>
#include <span>
#include <vector>

namespace mpm {

/// Who sits where: the control process' own record of its children, kept in step with the scoreboard and told
/// to the journal. A seat is known by its index: that of the child's row in the scoreboard, its slot, until
/// it has given the row up; then it sits behind all rows. Every count is taken from the seats when it is
/// asked for, so none can drift (httpd PR 65592, PR 66004). Nothing here is ever indexed by what a child can
/// write. Control process only.
class ChildTable {
 public:
  /// What the table keeps its books in: longer-lived than itself.
  struct Books {
    std::span<Seat> seats;
    ControlMemory& memory;
  };
  ChildTable(const Books& books, const SpawnLimits& limits, ChildRecords& records,
             ControlJournal& journal) noexcept
      : seats_(books.seats), memory_(books.memory), limits_(limits), records_(records), journal_(journal) {}

  /// Children are born into this generation from now on; those of another one are old.
  void set_generation(int generation) noexcept { generation_ = generation; }

  /// The seat must be free.
  void born(const Place& place, const Forked& child) noexcept;
  void serving(int index) noexcept;
  /// Has no effect the second time.
  void draining(int index) noexcept;
  /// The seat is free afterwards. Returns the lifeline, which is the caller's to close.
  [[nodiscard]] int died(int index) noexcept;
  /// Takes the lifeline from a child that still sits there, because it has ended.
  [[nodiscard]] int hang_up(int index) noexcept;

  /// The child that should give up its row next, in a bucket: of those that drain and have not been asked,
  /// one of the oldest generation. None if there is no room left to go on without a row.
  [[nodiscard]] std::optional<int> row_to_ask_for(int bucket) const noexcept;
  void row_wanted(int index) noexcept { at(index).row = Seat::Row::Wanted; }
  /// It was asked for its row, and cannot do without.
  void row_refused(int index) noexcept;
  enum class Outcome { Freed, Ignored };
  /// Its row is free afterwards, and it sits behind the rows. Has no effect unless it was asked: a child's
  /// word alone is not enough.
  Outcome row_given_up(int index) noexcept;
  /// How many of a bucket have been asked and may answer any moment.
  [[nodiscard]] int rows_wanted(int bucket) const noexcept;
  /// Once a second: who has not answered yet may never do so, and is waited for no longer. It may still
  /// answer.
  void rows_overdue() noexcept;

  [[nodiscard]] std::optional<int> find(int pid) const noexcept;
  [[nodiscard]] std::optional<int> free_seat(int bucket) const noexcept;
  /// Where a child that is about to be born into this free seat belongs.
  [[nodiscard]] Place place_at(int slot) const noexcept;
  [[nodiscard]] const Seat& seat(int index) const noexcept { return seats_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] int bucket_of(const Seat& seat) const noexcept { return bucket_of_row(seat.slot); }
  [[nodiscard]] bool is_current(const Seat& seat) const noexcept { return seat.generation == generation_; }

  [[nodiscard]] int count() const noexcept;
  /// Of those, the ones of generations before this one.
  [[nodiscard]] int count_older() const noexcept;
  /// Of this generation and not draining.
  [[nodiscard]] int active_in(int bucket) const noexcept;
  [[nodiscard]] Headcount headcount() const noexcept;
  /// Learns from the scoreboard what the bucket's children without a lifeline cannot say otherwise, and
  /// whether any child has all its threads.
  void read_scoreboard(int bucket) noexcept;
  /// The figures that spawning is decided by.
  [[nodiscard]] Census census(int bucket) const noexcept;
  /// One for each seat up to the highest taken, negative where there is none. Valid until the next call.
  [[nodiscard]] std::span<const int> lifelines() noexcept;
  /// Whether a child that served was ever seen, in this configuration or one before it.
  [[nodiscard]] bool healthy_child_seen() const noexcept { return memory_.healthy_child_seen != 0; }

  [[nodiscard]] ControlMemory& memory() noexcept { return memory_; }
  [[nodiscard]] const SpawnLimits& limits() const noexcept { return limits_; }
  [[nodiscard]] std::span<const Seat> used() const noexcept;

 private:
  [[nodiscard]] int bucket_of_row(int slot) const noexcept { return slot % limits_.buckets; }
  /// For a child in that row: its slot, unless the child that gave up the row still goes by it.
  [[nodiscard]] int free_number(int slot) const noexcept;
  [[nodiscard]] Seat& at(int index) noexcept { return seats_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] bool is_active(const Seat& seat) const noexcept {
    return seat.taken() && is_current(seat) && seat.phase != Seat::Phase::Draining;
  }
  [[nodiscard]] bool may_be_asked(const Seat& seat) const noexcept {
    return seat.taken() && seat.phase == Seat::Phase::Draining && seat.row == Seat::Row::Held &&
           seat.lifeline >= 0;
  }
  [[nodiscard]] static bool was_asked(const Seat& seat) noexcept {
    return seat.row == Seat::Row::Wanted || seat.row == Seat::Row::Overdue;
  }
  /// How many more may be asked for their row: each will need a place to stand.
  [[nodiscard]] int room_to_stand() const noexcept;
  void read_record_of_silent_child(int slot) noexcept;
  void count_threads(int slot, Census& census) const noexcept;

  const std::span<Seat> seats_;
  ControlMemory& memory_;
  const SpawnLimits limits_;
  ChildRecords& records_;
  ControlJournal& journal_;
  int generation_ = 0;
  std::vector<int> lifelines_;
};

}  // namespace mpm
