#include "child/roster.hpp"

#include "mpm/policy/poll_wait.hpp"

#include <algorithm>

namespace mpm {
namespace {

/// How often the worker that has had its work longest is looked at before its quantum is over, until one such
/// is found blocked: then each quantum.
constexpr Duration between_samples = 4 * ConcurrencyTarget::quantum;

}  // namespace

std::optional<Work> Roster::take(Bench& bench, Instant now) noexcept {
  std::optional<Work> work = lanes_.next();
  if (!work) return work;
  move(bench, Bench::Row::Running, now);
  if (ConnectionPtr* const connection = std::get_if<ConnectionPtr>(&*work)) (*connection)->taken = now;
  return work;
}

void Roster::rest(Bench& bench) noexcept {
  move(bench, Bench::Row::Sleeping, Instant{});
  reserve_.call_off();  // nothing waits
}

void Roster::hear(Bench& bench) noexcept {
  bench.called_ = false;
  --called_;
}

void Roster::enrol(Bench& bench, ThreadId thread, Instant now) noexcept {
  ++workers_;
  reserve_.arrive();
  bench.thread_ = thread;
  move(bench, Bench::Row::Running, now);
}

void Roster::leave(Bench& bench) noexcept {
  --workers_;
  move(bench, Bench::Row::None, Instant{});
}

void Roster::call_for_new_work(Instant now, Calls& calls) noexcept {
  if (sleeping_.empty() && reserve_.left() == 0) return;
  call_for_work(target_.to_wake(scene(now), now), now, calls);
}

Suspects Roster::suspects(Instant now) noexcept {
  Suspects found;
  for (const Row* const row : {&running_, &computing_}) {
    for (Bench* bench = row->front(); bench && !found.full(); bench = row->after(*bench)) {
      if (bench->since_ + ConcurrencyTarget::quantum > now) break;
      found.add({.bench = bench, .since = bench->since_, .thread = bench->thread_});
    }
  }
  if (found.empty() && needs_relief() && now >= next_sample_) {
    next_sample_ = now + between_samples;
    Bench* const longest = running_.front();
    if (longest && !longest->called_)
      found.add({.bench = longest, .since = longest->since_, .thread = longest->thread_});
  }
  return found;
}

int Roster::judge(const Suspects& suspects, Instant now) noexcept {
  int blocked = 0;
  for (const Suspects::Suspect& one : suspects) {
    Bench& bench = *one.bench;
    // It may have gone on with other work since it was looked at.
    const bool had_it = bench.row_ == Bench::Row::Running || bench.row_ == Bench::Row::Computing;
    if (!had_it || bench.since_ != one.since) continue;
    if (!one.wants_processor) {
      move(bench, Bench::Row::Aside, now);
      next_sample_ = now + ConcurrencyTarget::quantum;
      ++blocked;
    } else if (now - bench.begun_ >= ConcurrencyTarget::patience) {
      move(bench, Bench::Row::Aside, now);
    } else if (now - bench.begun_ >= ConcurrencyTarget::quantum) {
      move(bench, Bench::Row::Computing, now);
    }
  }
  return blocked;
}

void Roster::relieve(int newly_blocked, Instant now, Calls& calls) noexcept {
  call_for_work(target_.relieve(scene(now), newly_blocked, now), now, calls);
  if (const auto since = reserve_.awaited_since(); since && *since + ConcurrencyTarget::quantum <= now)
    reserve_.looked_at(now);
}

void Roster::call_for_work(int count, Instant now, Calls& calls) noexcept {
  const int asleep = std::min(count, sleeping());
  call(asleep, now, calls);
  if (reserve_.call(count - asleep, now) > 0) calls.add_recruit();
}

void Roster::call(int count, Instant now, Calls& calls) noexcept {
  for (; count > 0 && !sleeping_.empty() && !calls.full(); --count) {
    Bench& bench = *sleeping_.back();
    move(bench, Bench::Row::Running, now);
    bench.called_ = true;
    ++called_;
    calls.add(bench);
  }
}

std::optional<Instant> Roster::relieve_at() const noexcept {
  if (!needs_relief()) return std::nullopt;
  // While somebody runs, the earliest news is that the one who has run longest is blocked, or computes.
  if (const std::optional<Instant> look = next_look()) return look;
  return *lanes_.oldest() + ConcurrencyTarget::quantum;
}

Duration Roster::busy_for(Duration slept, Instant now) const noexcept {
  if (!target_.may_look_themselves(scene(now), slept, now)) return Duration{};
  return std::clamp(next_look().value_or(now) - now, Duration{}, ConcurrencyTarget::quantum);
}

bool Roster::needs_relief() const noexcept {
  return sleeping() + reserve_.left() + reserve_.awaited() > 0 && waiting() > called_;
}

std::optional<Instant> Roster::next_look() const noexcept {
  std::optional<Instant> longest;
  if (const Bench* const runs = running_.front()) longest = runs->since_;
  if (const Bench* const computes = computing_.front()) longest = earlier(longest, computes->since_);
  longest = earlier(longest, reserve_.awaited_since());
  if (longest) *longest += ConcurrencyTarget::quantum;
  return longest;
}

int Roster::idle() const noexcept { return std::max(0, sleeping() + called_ + reserve_.all() - waiting()); }

bool Roster::calm() const noexcept {
  return waiting() == 0 && running_.empty() && computing_.empty() && aside_.empty();
}

Roster::Row* Roster::row_of(Bench::Row row) noexcept {
  switch (row) {
    case Bench::Row::Sleeping:
      return &sleeping_;
    case Bench::Row::Running:
      return &running_;
    case Bench::Row::Computing:
      return &computing_;
    case Bench::Row::Aside:
      return &aside_;
    case Bench::Row::None:
      break;
  }
  return nullptr;
}

void Roster::move(Bench& bench, Bench::Row to, Instant now) noexcept {
  if (Row* const from = row_of(bench.row_)) from->remove(bench);
  if (Row* const row = row_of(to)) row->push_back(bench);
  bench.row_ = to;
  bench.since_ = now;
  if (to == Bench::Row::Running) bench.begun_ = now;
}

ConcurrencyTarget::Scene Roster::scene(Instant now) const noexcept {
  return {.waiting = std::max(0, waiting() - called_ - reserve_.awaited()),
          .running = static_cast<int>(running_.size() + computing_.size()) + reserve_.awaited(),
          .computing = static_cast<int>(computing_.size()),
          .aside = static_cast<int>(aside_.size()),
          .sleeping = sleeping() + reserve_.left(),
          .waited = now - lanes_.oldest().value_or(now)};
}

}  // namespace mpm
