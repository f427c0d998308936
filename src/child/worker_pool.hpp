#pragma once

#include "child/listener.hpp"
#include "child/worker.hpp"
#include "mpm/base/role.hpp"
#include "mpm/ports/journal.hpp"
#include "mpm/ports/summons.hpp"
#include "mpm/ports/threads.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace mpm {

/// How many workers a child has, and the child they work for: its row in the scoreboard, and its number,
/// which no other living child has.
struct Workforce {
  int process_slot = 0;
  int process_number = 0;
  int workers = 0;
};

/// The child's threads: starts them, breaks what they hold when the child is forced to stop, joins them.
class WorkerPool final : public Farewell {
 public:
  /// Whom the pool deals with.
  struct Surroundings {
    Threads& threads;
    Scoreboard& scoreboard;
    Summons& main;
    Stopper& stopper;
    Journal& journal;
  };

  explicit WorkerPool(const Surroundings& around) noexcept : around_(around) {}
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool() = default;

  enum class Started { All, Some, None };
  /// Starts a worker for each thread slot, then the listener. Some: the child can serve
  /// what it accepts but must leave; None: nothing runs that could accept.
  Started start(const OnMain& here, Worker::Surroundings& shared, Listener& listener,
                const Workforce& force) noexcept;

  /// Threads that have been started and have not said farewell. Any thread.
  [[nodiscard]] int alive() const noexcept { return alive_.load(); }
  void gone() noexcept override;

  /// Breaks every connection that a worker has in hand.
  void sever(const OnMain& here) noexcept;
  /// Waits for all threads to end.
  void join(const OnMain& here) noexcept;

 private:
  bool start_one(ThreadBody& body, Status& why) noexcept;

  Surroundings around_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<NativeThread*> started_;
  std::atomic<int> alive_{0};
};

}  // namespace mpm
