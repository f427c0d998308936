#include "parent/nursery.hpp"

#include <limits>

namespace mpm {

int Nursery::fork_in_bucket(int bucket, int wanted) noexcept {
  int born = 0;
  while (born < wanted) {
    const auto slot = children_.free_seat(bucket);
    if (!slot || fork_into(*slot) == Birth::Failed) break;
    ++born;
  }
  return born;
}

int Nursery::fork_anywhere(int wanted) noexcept {
  int born = 0;
  while (born < wanted) {
    const auto slot = emptiest_seat();
    if (!slot || fork_into(*slot) == Birth::Failed) break;
    ++born;
  }
  return born;
}

std::optional<int> Nursery::emptiest_seat() const noexcept {
  std::optional<int> best;
  int fewest = std::numeric_limits<int>::max();
  for (int bucket = 0; bucket < children_.limits().buckets; ++bucket) {
    const int there = children_.active_in(bucket);
    if (there >= fewest) continue;
    if (const auto slot = children_.free_seat(bucket)) {
      best = slot;
      fewest = there;
    }
  }
  return best;
}

Nursery::Birth Nursery::fork_into(int slot) noexcept {
  const Instant now = clock_.now();
  if (now < not_before_) return Birth::Failed;
  const Forked child = processes_.fork_child({.slot = slot, .bucket = children_.bucket_of(slot)});
  if (!child.status.is_ok()) {
    not_before_ = now + rest_after_failure;
    if (failures_.once_more(now)) journal_.fork_failed(child.status);
    return Birth::Failed;
  }
  children_.born(slot, child);
  return Birth::Born;
}

}  // namespace mpm
