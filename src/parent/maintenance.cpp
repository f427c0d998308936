#include "parent/maintenance.hpp"

#include <algorithm>
#include <utility>

namespace mpm {
namespace {

constexpr int ticks_that_end_a_row = 60;
constexpr int longest_row = 1'000'000'000;

}  // namespace

Maintenance::Maintenance(const Tools& tools, const SpawnPolicy& policy) noexcept
    : tools_(tools), policy_(policy), wants_(tools.pods.size()) {}

void Maintenance::start(int children) noexcept {
  to_start_ = children - tools_.nursery.fork_anywhere(children);
}

bool Maintenance::is_short_of_seats() const noexcept {
  if (to_start_ == 0) return false;
  for (int bucket = 0; bucket < tools_.children.limits().buckets; ++bucket)
    if (tools_.children.free_seat(bucket)) return false;
  return true;
}

void Maintenance::departed(int bucket) noexcept { ++wants_[static_cast<std::size_t>(bucket)].successors; }

void Maintenance::crashed(int bucket) noexcept {
  if (deaths_are_wanted_) return;
  const CrashStreak::Verdict verdict = crashes_.crashed();
  if (verdict.report) tools_.journal.successive_crashes();
  if (verdict.refill == CrashStreak::Refill::AtOnce) ++wants_[static_cast<std::size_t>(bucket)].refills;
}

void Maintenance::fell_sick(int bucket) noexcept {
  ControlMemory& memory = tools_.children.memory();
  memory.sick_child_seen = 1;
  memory.sick_in_a_row = std::min(memory.sick_in_a_row + 1, longest_row);
  ticks_in_health_ = 0;
  policy_.slow_down(bucket);
}

// Crashed children first, in every bucket: their places must not go to the successors of others.
void Maintenance::settle(Instant now) noexcept {
  for (int bucket = 0; bucket < tools_.children.limits().buckets; ++bucket) refill(bucket);
  if (to_start_ > 0) to_start_ -= tools_.nursery.fork_anywhere(std::min(to_start_, allowed()));
  for (int bucket = 0; bucket < tools_.children.limits().buckets; ++bucket) start_successors(bucket, now);
}

void Maintenance::refill(int bucket) noexcept {
  const int refills = std::exchange(wants_[static_cast<std::size_t>(bucket)].refills, 0);
  if (refills > 0) start_in(bucket, std::min(refills, allowed()));
}

void Maintenance::start_successors(int bucket, Instant now) noexcept {
  Wants& wants = wants_[static_cast<std::size_t>(bucket)];
  if (wants.successors == 0) return;
  const int wanted = policy_.successors(new_census(bucket), wants.successors);
  const int drawn = budget_.draw(wanted, now);
  start_in(bucket, drawn);
  wants.successors = wanted - drawn;
}

std::optional<Instant> Maintenance::unsettled_until() const noexcept {
  const bool settled = std::ranges::all_of(wants_, [](const Wants& w) { return w.successors == 0; });
  return settled ? std::nullopt : std::optional(budget_.next());
}

// Whatever a child is started for, it is one of those that remain to be started.
int Maintenance::start_in(int bucket, int wanted) noexcept {
  const int born = tools_.nursery.fork_in_bucket(bucket, wanted);
  to_start_ = std::max(0, to_start_ - born);
  return born;
}

int Maintenance::allowed() const noexcept {
  const Headcount heads = tools_.children.headcount();
  return std::max(0, heads.active_limit - heads.active);
}

Maintenance::Outlook Maintenance::tick() noexcept {
  crashes_.tick();
  if (++ticks_in_health_ >= ticks_that_end_a_row) tools_.children.memory().sick_in_a_row = 0;
  if (outlook() == Outlook::Hopeless) return Outlook::Hopeless;
  tools_.children.rows_overdue();
  for (int bucket = 0; bucket < tools_.children.limits().buckets; ++bucket) maintain(bucket);
  return Outlook::Fine;
}

Maintenance::Outlook Maintenance::outlook() noexcept {
  if (!tools_.children.memory().sick_child_seen) return Outlook::Fine;
  for (int bucket = 0; bucket < tools_.children.limits().buckets; ++bucket)
    tools_.children.read_scoreboard(bucket);
  if (!tools_.children.healthy_child_seen()) {
    tools_.journal.giving_up_on_sick_children();
    return Outlook::Hopeless;
  }
  tools_.children.memory().sick_child_seen = 0;
  return Outlook::Fine;
}

Census Maintenance::new_census(int bucket) noexcept {
  tools_.children.read_scoreboard(bucket);
  return tools_.children.census(bucket);
}

void Maintenance::maintain(int bucket) noexcept {
  const Census census = new_census(bucket);
  std::visit([&](const auto& decision) { act(bucket, census, decision); }, policy_.at_tick(bucket, census));
}

void Maintenance::act(int, const Census&, Hold) noexcept {}

void Maintenance::act(int bucket, const Census& census, const Fork& fork) noexcept {
  if (fork.rate >= SpawnPolicy::busy_rate) tools_.journal.spawning_fast(fork, census);
  if (start_in(bucket, fork.children) < fork.children) policy_.slow_down(bucket);
}

void Maintenance::act(int bucket, const Census& census, RetireOne) noexcept {
  tools_.journal.too_many_idle(ControlJournal::Retiring::Now, tools_.children.headcount(),
                               census.idle_threads);
  tools_.pods[static_cast<std::size_t>(bucket)]->ask(1, DeathPipe::Request::Graceful);
}

void Maintenance::act(int, const Census& census, RetireLater) noexcept {
  tools_.journal.too_many_idle(ControlJournal::Retiring::NotYet, tools_.children.headcount(),
                               census.idle_threads);
}

void Maintenance::act(int, const Census&, Saturated how) noexcept {
  ControlMemory& memory = tools_.children.memory();
  int& reported = how.idle == Saturated::Left::None ? memory.saturation_reported : memory.near_limit_reported;
  if (!std::exchange(reported, 1)) tools_.journal.saturated(how);
}

void Maintenance::act(int, const Census&, ScoreboardFull) noexcept { tools_.journal.scoreboard_full(); }

void Maintenance::act(int, const Census&, ActiveLimitReached) noexcept {
  tools_.journal.active_limit_reached(tools_.children.headcount());
}

}  // namespace mpm
