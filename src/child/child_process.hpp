#pragma once

#include "child/acceptor.hpp"
#include "child/connection_driver.hpp"
#include "child/departures.hpp"
#include "child/dispatcher.hpp"
#include "child/listener.hpp"
#include "child/parking_lot.hpp"
#include "child/stopper.hpp"
#include "child/suspensions.hpp"
#include "child/timers.hpp"
#include "child/watch.hpp"
#include "child/work_queue.hpp"
#include "child/worker_pool.hpp"
#include "mpm/policy/timeout_plan.hpp"
#include "mpm/ports/child_hooks.hpp"
#include "mpm/ports/thread_states.hpp"

#include <cstdint>

namespace mpm {

/// How a child ends, for its exit code.
enum class ChildEnd {
  Clean,
  Sick,  ///< it was short of something: the parent should fork slowly
};

/// A child process: owns everything that runs in it, in the order of construction, and everything it still
/// holds at the end. Made and run by the child's main thread, after the fork: a fork copies locks.
class ChildProcess {
 public:
  /// The world a child lives in.
  struct World {
    Poller& poller;
    ListenSockets& sockets;
    Scoreboard& scoreboard;
    Threads& threads;
    const ThreadStates& thread_states;
    Summons& summons;
    ChildHooks& hooks;
    Journal& journal;
    const Clock& clock;
  };
  /// Which child this is (see Workforce), and how big.
  struct Setup {
    int process_slot = 0;
    int process_number = 0;
    Quota quota;  ///< it has as many workers as that says
    int processors = 2;
  };

  ChildProcess(const World& world, const TimeoutPlan& plan, const Setup& setup);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() = default;

  /// Serves until told to stop and everything accepted has been served, or until forced to stop. Only in the
  /// second case are connections left when it returns: those that modules have suspended, which must end
  /// before this object, and those that nobody had in hand. The latter have been cut off from their clients
  /// but not ended, because modules' cleanups may wait for the modules' own threads without a limit.
  ChildEnd run() noexcept;
  /// After run(): ends those all the same.
  void end_connections() noexcept { left_.end(); }

  /// Any thread: runs `callback(baton)` on a worker, not before `after` from now. If the child ends first, it
  /// never runs.
  void call_after(Duration after, Timer::Callback callback, void* baton) noexcept;
  /// Any thread: see Acceptor.
  [[nodiscard]] bool claim_last_answer(Transport transport) noexcept {
    return acceptor_.claim_last_answer(transport);
  }
  /// Any thread: see Suspensions.
  [[nodiscard]] std::uint64_t callbacks_begun() const noexcept { return suspensions_.callbacks_begun(); }
  /// Any thread.
  [[nodiscard]] StopStage stage() const noexcept { return stop_.stage(); }

 private:
  /// With less than it needs to serve it is stopping already.
  void start(const OnMain& here) noexcept;
  /// Waits until the stage has risen, on somebody's word.
  void wait_for_stop(const OnMain& here) noexcept;
  /// Waits for the threads to end, and for the parent to lose patience.
  void drain(const OnMain& here) noexcept;
  /// Sleeps until the parent or a thread wants something, and does it.
  void attend(const OnMain& here) noexcept;
  void heed(const OnMain& here, const Summons::Wish& wish) noexcept;

  World world_;
  StopSwitch stop_;
  Ledger ledger_;
  ParkingLot lot_;
  Timers timers_;
  WorkQueue queue_;
  Stopper stopper_;
  Acceptor acceptor_;
  Departures departures_;
  Suspensions suspensions_;
  ConnectionDriver driver_;
  Dispatcher dispatcher_;
  Watch watch_;
  WorkerPool pool_;
  Worker::Surroundings shared_;
  Listener listener_;
  Convoy left_;
};

}  // namespace mpm
