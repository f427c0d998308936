#pragma once

#include "child/acceptor.hpp"
#include "child/connection_driver.hpp"
#include "child/watch.hpp"
#include "child/work_queue.hpp"
#include "mpm/base/role.hpp"
#include "mpm/ports/clock.hpp"
#include "mpm/ports/scoreboard.hpp"
#include "mpm/ports/threads.hpp"

namespace mpm {

/// Told by a thread of the child that it is about to end.
class Farewell {
 public:
  virtual void gone() noexcept = 0;

 protected:
  ~Farewell() = default;
};

/// One worker thread: takes work, drives it, and again; retires when the queue says so.
class Worker final : public ThreadBody {
 public:
  /// What all workers of a child share.
  struct Surroundings {
    WorkQueue& queue;
    Watch& watch;
    ConnectionDriver& driver;
    Acceptor& acceptor;
    Scoreboard& scoreboard;
    Stopper& stopper;
    const Clock& clock;
    Farewell& farewell;
  };

  Worker(Surroundings& around, const WorkerSlot& slot) noexcept : around_(around), slot_(slot) {}

  void run(NativeThread& self) noexcept override;

  /// Any thread: breaks the connection it has in hand, if any.
  void sever() noexcept { hand_.sever(); }

 private:
  /// True if there may be more.
  bool turn(const OnWorker& here) noexcept;
  void do_work(const OnWorker& here, Work work) noexcept;

  Surroundings& around_;
  WorkerSlot slot_;
  Bench bench_;
  InHand hand_;
};

}  // namespace mpm
