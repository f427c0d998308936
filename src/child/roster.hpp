#pragma once

#include "child/bench.hpp"
#include "child/lanes.hpp"
#include "mpm/base/list.hpp"
#include "mpm/base/time.hpp"
#include "mpm/policy/concurrency.hpp"
#include "mpm/policy/reserve.hpp"

#include <optional>
#include <utility>

namespace mpm {

/// What the run queue's lock protects: the ready work, and the workers in rows. Sleepers are called last in
/// first out: warm threads stay warm. Borrows the benches. Knows no clock and no lock.
class Roster {
 public:
  explicit Roster(int processors) noexcept : target_(processors) {}
  ~Roster() = default;
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  void add(ConnectionPtr connection, Instant now) noexcept { lanes_.add(std::move(connection), now); }
  void add(TimerPtr timer, Instant now) noexcept { lanes_.add(std::move(timer), now); }

  /// The next work for the worker at `bench`, or nothing.
  [[nodiscard]] std::optional<Work> take(Bench& bench, Instant now) noexcept;
  /// The next work for nobody, to empty the lanes.
  [[nodiscard]] std::optional<Work> next() noexcept { return lanes_.next(); }
  /// The worker at `bench` found no work and will sleep until it is called.
  void rest(Bench& bench) noexcept;
  /// Has a sleeper been called? Hearing it out ends the call.
  [[nodiscard]] bool called(const Bench& bench) const noexcept { return bench.called_; }
  void hear(Bench& bench) noexcept;

  /// No further connection will be accepted. Only now is a worker surplus when there are more of them than
  /// connections.
  void close() noexcept { closed_ = true; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }

  /// `workers` more may be called; they have no threads yet.
  void reserve(int workers) noexcept { reserve_.put(workers); }
  /// The main thread starts those who were called, and up to `ahead` more. Returns how many; each enrols, or
  /// is lost.
  int draft(int ahead, Instant now) noexcept { return reserve_.draft(ahead, now); }
  /// `drafted` of those could not be started. Nobody else in reserve can be called from now on.
  void lose(int drafted) noexcept { reserve_.lose(drafted); }

  /// A worker starts, or leaves for good.
  void enrol(Bench& bench, ThreadId thread, Instant now) noexcept;
  void leave(Bench& bench) noexcept;

  /// `children` share the processors.
  void share_among(int children) noexcept { target_.share_among(children); }
  /// Calls as many sleepers, or workers in reserve, as ought to run for the work that has just been queued.
  void call_for_new_work(Instant now, Calls& calls) noexcept;
  /// Workers that have had their work for a quantum, as many as fit. While work waits, now and then the one
  /// that has had it longest as well: requests that block for less than that would never be seen to.
  [[nodiscard]] Suspects suspects(Instant now) noexcept;
  /// What was found out about them: those that want no processor are blocked, and count no more, nor do those
  /// that have computed for ConcurrencyTarget::patience. Returns how many were blocked.
  int judge(const Suspects& suspects, Instant now) noexcept;
  /// Calls sleepers, or workers in reserve, in place of the `newly_blocked`, and for work that has waited too
  /// long.
  void relieve(int newly_blocked, Instant now, Calls& calls) noexcept;
  /// Calls up to `count` sleepers that have threads, work or no work.
  void call(int count, Instant now, Calls& calls) noexcept;

  /// For how long the listener, which has just slept for `slept`, may rest: until the next look for blocked
  /// workers if as many run as should, as far as can be told; otherwise not at all.
  [[nodiscard]] Duration busy_for(Duration slept, Instant now) const noexcept;

  /// When relieve() may have something to do; absent while nothing waits or nobody sleeps.
  [[nodiscard]] std::optional<Instant> relieve_at() const noexcept;

  [[nodiscard]] int waiting() const noexcept { return lanes_.waiting(); }
  /// Of these, the ones that are no closings.
  [[nodiscard]] int requests() const noexcept { return lanes_.requests(); }
  /// See Lanes.
  [[nodiscard]] int to_be_closed() const noexcept { return lanes_.to_be_closed(); }
  [[nodiscard]] int sleeping() const noexcept { return static_cast<int>(sleeping_.size()); }
  [[nodiscard]] int workers() const noexcept { return workers_; }
  /// Of these, the ones that block or have computed for long.
  [[nodiscard]] int aside() const noexcept { return static_cast<int>(aside_.size()); }
  /// Workers without work, with or without a thread, less the work that waits for one; never below 0.
  [[nodiscard]] int idle() const noexcept;
  /// Nothing waits and nobody has work.
  [[nodiscard]] bool calm() const noexcept;

 private:
  using Row = List<Bench, &Bench::in_row_>;

  [[nodiscard]] Row* row_of(Bench::Row row) noexcept;
  void move(Bench& bench, Bench::Row to, Instant now) noexcept;
  /// Calls up to `count` workers for work: sleepers first.
  void call_for_work(int count, Instant now, Calls& calls) noexcept;
  [[nodiscard]] ConcurrencyTarget::Scene scene(Instant now) const noexcept;
  /// Does work wait that no sleeper was called for, and might somebody be? Also while somebody without a
  /// thread is awaited for it: that may turn out to be in vain.
  [[nodiscard]] bool needs_relief() const noexcept;
  /// When the worker that has run longest since it was looked at, or been awaited, will have done so for a
  /// quantum.
  [[nodiscard]] std::optional<Instant> next_look() const noexcept;

  Row sleeping_;
  // In the order of since_, which a look or a call may set back by less than a turn of the listener.
  Row running_;
  Row computing_;
  Row aside_;
  Reserve reserve_;
  int workers_ = 0;
  int called_ = 0;
  bool closed_ = false;
  Instant next_sample_{};
  ConcurrencyTarget target_;
  Lanes lanes_;  // the last: to end a connection may lead back to the rows
};

}  // namespace mpm
