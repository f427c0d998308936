#pragma once

#include "child/acceptor.hpp"
#include "child/parking_lot.hpp"
#include "child/timers.hpp"
#include "child/work_queue.hpp"
#include "child/worker.hpp"
#include "mpm/base/role.hpp"
#include "mpm/policy/eviction.hpp"
#include "mpm/ports/threads.hpp"

#include <optional>
#include <span>

namespace mpm {

/// The listener thread: waits on the pollset and hands out what is ready, due or new. It decides nothing,
/// runs no module code and never waits for a worker.
class Listener final : public ThreadBody {
 public:
  /// What the listener acts upon.
  struct Surroundings {
    Poller& poller;
    ParkingLot& lot;
    Timers& timers;
    WorkQueue& queue;
    Acceptor& acceptor;
    Ledger& ledger;
    Scoreboard& scoreboard;
    Stopper& stopper;
    Journal& journal;
    const Clock& clock;
    Farewell& farewell;
  };

  Listener(const Surroundings& around, int workers) noexcept : around_(around), workers_(workers) {}

  void run(NativeThread& self) noexcept override;

 private:
  void turn(const OnListener& here) noexcept;
  /// The first thing a draining child does; true if there is nothing left to wait for.
  bool finished(const OnListener& here) noexcept;
  void begin_to_drain(const OnListener& here) noexcept;

  [[nodiscard]] std::optional<Instant> next_due(const OnListener& here, Instant now) noexcept;
  std::span<const Ready> wait(const OnListener& here) noexcept;
  void hand_out_ready(const OnListener& here, std::span<const Ready> ready, Instant now) noexcept;
  void accept_new(const OnListener& here, std::span<const Ready> ready, Instant now) noexcept;
  void hand_out_expired(const OnListener& here, Instant now) noexcept;
  void hand_out_timers(const OnListener& here, Instant now) noexcept;
  void evict_quiet(const OnListener& here, Instant now) noexcept;

  [[nodiscard]] bool draining() const noexcept { return around_.stopper.stage() != StopStage::Running; }

  Surroundings around_;
  int workers_;
  EvictionPolicy eviction_;
  bool draining_begun_ = false;
};

}  // namespace mpm
