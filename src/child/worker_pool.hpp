#pragma once

#include "child/listener.hpp"
#include "child/worker.hpp"
#include "mpm/base/role.hpp"
#include "mpm/policy/recruitment.hpp"
#include "mpm/policy/repeats.hpp"
#include "mpm/ports/journal.hpp"
#include "mpm/ports/summons.hpp"
#include "mpm/ports/threads.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace mpm {

/// How many workers a child has, and the child they work for: its row in the scoreboard, and its number,
/// which no other living child has.
struct Workforce {
  int process_slot = 0;
  int process_number = 0;
  int workers = 0;
};

/// The child's threads: starts them, a few at once and the others when they are called for or when it costs
/// nobody anything; breaks what they hold when the child is forced to stop; joins them. What it cannot start
/// later on the child does without, and it tries again.
class WorkerPool final : public Farewell {
 public:
  /// Whom the pool deals with.
  struct Surroundings {
    Threads& threads;
    WorkQueue& queue;
    Scoreboard& scoreboard;
    Summons& main;
    Poller& listener;
    Stopper& stopper;
    Journal& journal;
    const Clock& clock;
  };

  WorkerPool(const Surroundings& around, const Workforce& force, int processors) noexcept
      : around_(around),
        force_(force),
        at_once_(Recruitment::at_once(force.workers, processors)),
        recruitment_(force.workers, around.clock.now()) {}
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool() = default;

  enum class Started {
    All,
    Some,  ///< it could serve whom it accepted, and must leave
    None,  ///< nobody would serve
  };
  /// Starts the workers that are there before the child serves. `shared` must live until the threads were
  /// joined.
  [[nodiscard]] Started start(const OnMain& here, Worker::Surroundings& shared) noexcept;
  /// Starts the listener, which accepts from now on unless the child is stopping. False if it cannot be
  /// started.
  [[nodiscard]] bool start_listener(const OnMain& here, Listener& listener) noexcept;
  /// Starts whoever was called for, and whose turn it is. After each wait of the main thread.
  void start_more(const OnMain& here, Worker::Surroundings& shared) noexcept;
  /// How long the main thread may sleep until it is to start_more(); absent when nobody is due.
  [[nodiscard]] std::optional<std::chrono::milliseconds> longest_sleep(const OnMain& here) const noexcept;
  /// The child is about to drain: from now on only who is called for is started.
  void stand_down(const OnMain& here) noexcept;

  /// Threads that have been started and have not said farewell. Any thread.
  [[nodiscard]] int alive() const noexcept { return alive_.load(); }
  void gone() noexcept override;

  /// Breaks every connection that a worker has in hand.
  void sever(const OnMain& here) noexcept;
  /// Waits for all threads to end.
  void join(const OnMain& here) noexcept;

 private:
  /// How many of so many workers were started; if not all, `why`.
  int start_workers(int count, Worker::Surroundings& shared, Status& why) noexcept;
  /// How many to start ahead of need.
  [[nodiscard]] int ahead(const OnMain& here, StopStage stage) noexcept;
  /// So many that were drafted cannot be started: nobody is called for until it tries again.
  void do_without(const OnMain& here, int drafted, Status why) noexcept;
  /// It could start one at last: all that are missing may be called again, for work that waits as well.
  void recover(const OnMain& here) noexcept;
  Status start_one(ThreadBody& body) noexcept;
  /// The slots from the first without a thread on.
  void show_vacant(WorkerStatus status) noexcept;
  [[nodiscard]] int missing() const noexcept { return force_.workers - static_cast<int>(workers_.size()); }

  Surroundings around_;
  Workforce force_;
  int at_once_;
  Recruitment recruitment_;  // begins anew with the listener
  Repeats failures_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<NativeThread*> started_;
  std::atomic<int> alive_{0};
};

}  // namespace mpm
