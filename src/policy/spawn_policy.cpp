#include "mpm/policy/spawn_policy.hpp"

#include <algorithm>

namespace mpm {

Decision SpawnPolicy::at_tick(int bucket, const Census& census) noexcept {
  if (census.idle_threads < share(limits_.min_spare_threads)) return grow(bucket, census);
  slow_down(bucket);
  if (census.idle_threads <= share(limits_.max_spare_threads)) return Hold{};
  return may_retire(census) ? Decision{RetireOne{}} : Decision{RetireLater{}};
}

Decision SpawnPolicy::grow(int bucket, const Census& census) noexcept {
  const int room = std::min(census.free_seats, allowed(census));
  if (census.active_threads >= share(limits_.max_workers) || room <= 0) {
    slow_down(bucket);
    return obstacle(census);
  }
  const int now = rate(bucket);
  if (hold_off_ > 0) {
    --hold_off_;
  } else if (now < share(max_rate)) {
    rate(bucket) = now * 2;
  }
  return Fork{.children = std::min(now, room), .rate = now};
}

// Missing threads count here and not above: the word is to be the same before and after a child has all of
// its threads, and where some cannot be had, another child may still be tried.
Decision SpawnPolicy::obstacle(const Census& census) const noexcept {
  if (census.active_threads + census.missing_threads >= share(limits_.max_workers))
    return Saturated{census.idle_threads == 0 ? Saturated::Left::None : Saturated::Left::Some};
  if (census.held_seats > 0 && allowed(census) > 0) return ScoreboardFull{};
  return ActiveLimitReached{};
}

// Those that finish may stay for as long as their last request does. If load goes up and down, more and more
// of them would fill the scoreboard; so none is added to them unless a whole new generation would still find
// seats.
bool SpawnPolicy::may_retire(const Census& census) const noexcept {
  return census.active_children == census.total_children ||
         limits_.server_limit - census.total_children > limits_.active_limit;
}

int SpawnPolicy::successors(const Census& census, int departed) const noexcept {
  const int missing = share(limits_.min_spare_threads) - census.idle_threads;
  if (missing <= 0 || census.active_threads >= share(limits_.max_workers)) return 0;
  // Rounded up; MinSpareThreads may be the largest number there is.
  const int children = (missing - 1) / limits_.threads_per_child + 1;
  const int room = std::min(census.free_seats, allowed(census));
  return std::max(0, std::min({departed, children, room}));
}

int ForkBudget::draw(int wanted, Instant now) noexcept {
  full_at_ = std::max(full_at_, now);
  const int available = static_cast<int>((full - (full_at_ - now)) / price);
  const int drawn = std::clamp(available, 0, wanted);
  full_at_ += price * drawn;
  return drawn;
}

}  // namespace mpm
