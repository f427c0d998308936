#include "parent/nursery.hpp"

#include <limits>

namespace mpm {

int Nursery::fork_in_bucket(int bucket, int wanted) noexcept {
  for (int born = 0; born < wanted; ++born) {
    const auto slot = children_.free_seat(bucket);
    if (!slot) {
      ask_for_rows(bucket, wanted - born);
      return born;
    }
    if (!fork_into(*slot)) return born;
  }
  return wanted;
}

int Nursery::fork_anywhere(int wanted) noexcept {
  for (int born = 0; born < wanted; ++born) {
    const auto slot = emptiest_seat();
    if (!slot) {
      ask_for_rows_anywhere(wanted - born);
      return born;
    }
    if (!fork_into(*slot)) return born;
  }
  return wanted;
}

void Nursery::ask_for_rows_anywhere(int wanted) noexcept {
  const int buckets = children_.limits().buckets;
  const int share = (wanted + buckets - 1) / buckets;
  for (int bucket = 0; bucket < buckets; ++bucket)
    if (!children_.free_seat(bucket)) ask_for_rows(bucket, share);
}

void Nursery::ask_for_rows(int bucket, int wanted) noexcept {
  for (int asked = children_.rows_wanted(bucket); asked < wanted; ++asked) {
    const auto slot = children_.row_to_ask_for(bucket);
    if (!slot) return;
    children_.row_wanted(*slot);
    processes_.ask_for_row(children_.seat(*slot).lifeline);
  }
}

std::optional<int> Nursery::emptiest_seat() const noexcept {
  std::optional<int> best;
  int fewest = std::numeric_limits<int>::max();
  int kept = 0;  // places, for buckets whose first child finds no seat yet
  for (int bucket = 0; bucket < children_.limits().buckets; ++bucket) {
    const int there = children_.active_in(bucket);
    const auto slot = children_.free_seat(bucket);
    if (there == 0 && !slot) ++kept;
    if (there >= fewest || !slot) continue;
    best = slot;
    fewest = there;
  }
  const Headcount heads = children_.headcount();
  if (fewest > 0 && heads.active + kept >= heads.active_limit) return std::nullopt;
  return best;
}

bool Nursery::fork_into(int slot) noexcept {
  const Instant now = clock_.now();
  if (now < not_before_) return false;
  const Place place = children_.place_at(slot);
  const Forked child = processes_.fork_child(place);
  if (!child.status.is_ok()) {
    not_before_ = now + rest_after_failure;
    if (failures_.once_more(now)) journal_.fork_failed(child.status);
    return false;
  }
  children_.born(place, child);
  return true;
}

}  // namespace mpm
