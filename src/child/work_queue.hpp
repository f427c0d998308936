#pragma once

#include "child/convoy.hpp"
#include "child/roster.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/role.hpp"
#include "mpm/base/time.hpp"
#include "mpm/policy/stop_stage.hpp"
#include "mpm/ports/summons.hpp"
#include "mpm/ports/thread_states.hpp"

#include <atomic>
#include <optional>
#include <variant>

namespace mpm {

/// The run queue: between those who find work (the listener, mostly) and the workers. Ready work is queued,
/// never refused. How many workers run at once is ConcurrencyTarget's decision. Owns the work in it.
class WorkQueue {
 public:
  /// What the queue looks at, and whom it wakes to start the threads of workers who were called.
  struct Surroundings {
    const Ledger& ledger;
    const StopSwitch& stop;
    const ThreadStates& threads;
    Summons& main;
  };

  WorkQueue(const Surroundings& around, int processors) : around_(around), roster_(processors) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  ~WorkQueue() = default;

  /// Any thread.
  void push(ConnectionPtr connection, Instant now) noexcept;
  void push(TimerPtr timer, Instant now) noexcept;
  /// A whole turn's harvest under one hold of the lock.
  void push(Convoy& convoy, Instant now) noexcept;

  /// So many workers have no thread yet. They count as sleepers, and wait() of the main thread returns when
  /// one is called.
  void reserve(const OnMain& here, int workers) noexcept;
  /// How many threads the main thread is to start now, since they were called or to have up to `ahead` more;
  /// each enrols.
  [[nodiscard]] int draft(const OnMain& here, int ahead, Instant now) noexcept;
  /// So many of those could not be started, nor anybody else for now.
  void lose(const OnMain& here, int drafted) noexcept;
  /// Does nothing wait, and has nobody work?
  [[nodiscard]] bool calm(const OnMain& here) noexcept;
  /// How many workers there are.
  [[nodiscard]] int workers(const OnListener& here) noexcept;

  /// Puts a worker on the roll; before its first take().
  void enrol(const OnWorker& here, Bench& bench, Instant now) noexcept;

  struct Rest {};    ///< there is no work: rest()
  struct Retire {};  ///< the child ends, or it drains and has more workers than connections: off the roll, go
  using Taken = std::variant<Rest, Retire, Work>;
  /// The next work. After Rest the worker counts as idle; it must look after anything that waits for an idle
  /// worker and then rest().
  [[nodiscard]] Taken take(const OnWorker& here, Bench& bench, Instant now) noexcept;
  /// Sleeps until called.
  void rest(const OnWorker& here, Bench& bench) noexcept;

  /// No further connection will be accepted: workers beyond the open connections may retire, and each is
  /// called to see that. Before this, one that retired would be missed by a connection that is just being
  /// accepted.
  void close(const OnListener& here, Instant now) noexcept;

  /// Calls every sleeper: the stop stage has risen. Any thread.
  void call_all(Instant now) noexcept;
  /// Calls one sleeper: a connection has ended in a child that drains, one more worker may be surplus. Any
  /// thread.
  void call_one(Instant now) noexcept;

  /// So many children share the processors.
  void share_among(const OnListener& here, int children) noexcept;
  /// Looks who is blocked, and calls sleepers in their place while work waits.
  void relieve(const OnListener& here, Instant now) noexcept;
  /// When to call relieve(), if at all.
  [[nodiscard]] std::optional<Instant> relieve_at(const OnListener& here) noexcept;

  /// Hands out the connections that nobody has taken, and drops the timers. No other thread may be left.
  void hand_out_all(Convoy& out) noexcept;

  /// Workers without work, those in reserve included, less the work that waits for one; never below 0. Any
  /// thread.
  [[nodiscard]] int idle() const noexcept { return idle_.load(); }
  /// Requests and timers that nobody has taken; closings, which hurt nobody by waiting, are not counted. Any
  /// thread.
  [[nodiscard]] int requests() const noexcept { return requests_.load(std::memory_order_relaxed); }
  /// See Lanes. Any thread.
  [[nodiscard]] int to_be_closed() const noexcept { return to_be_closed_.load(std::memory_order_relaxed); }
  /// Does anything wait, closings included? Any thread.
  [[nodiscard]] bool empty() const noexcept { return waiting_.load(std::memory_order_relaxed) == 0; }
  /// Is a worker set aside, because it blocks or has computed for long? Any thread; only about right.
  [[nodiscard]] bool somebody_is_blocked() const noexcept {
    return somebody_is_blocked_.load(std::memory_order_relaxed);
  }
  /// For how long the listener, which has just slept for `slept`, may leave the watch to the workers, because
  /// as many run as should; 0 if it should not.
  [[nodiscard]] Duration busy_for(const OnListener& here, Duration slept, Instant now) noexcept;

 private:
  /// Runs f(roster, calls) under the lock, publishes the counts, rings the bells after it.
  template <class F>
  void change(F&& f) noexcept;
  void publish(const Roster& roster) noexcept;
  /// How many workers were found to be blocked that were not before.
  int look_who_is_blocked(Instant now) noexcept;

  Surroundings around_;
  Guarded<Roster> roster_;
  // Sequentially consistent: a worker that goes idle and the listener that holds the gate must not miss each
  // other.
  std::atomic<int> idle_{0};
  std::atomic<int> requests_{0};
  std::atomic<int> waiting_{0};
  std::atomic<int> to_be_closed_{0};
  std::atomic<bool> somebody_is_blocked_{false};
};

}  // namespace mpm
