#pragma once

#include "child/dispatcher.hpp"
#include "child/watch.hpp"
#include "child/worker.hpp"
#include "mpm/base/role.hpp"
#include "mpm/ports/threads.hpp"

#include <optional>

namespace mpm {

/// The listener thread: has the watch from the child's first connection to its last, and begins its draining.
class Listener final : public ThreadBody {
 public:
  /// What the listener acts upon.
  struct Surroundings {
    Watch& watch;
    Dispatcher& dispatcher;
    ParkingLot& lot;
    WorkQueue& queue;
    Acceptor& acceptor;
    Ledger& ledger;
    Scoreboard& scoreboard;
    Stopper& stopper;
    const Clock& clock;
    Farewell& farewell;
  };

  explicit Listener(const Surroundings& around) noexcept : around_(around) {}

  void run(NativeThread& self) noexcept override;

 private:
  void begin(const OnListener& here) noexcept;
  /// One turn, and for how long the listener may rest after it; nothing when there is nothing left to wait
  /// for.
  [[nodiscard]] std::optional<Duration> turn(const OnListener& here) noexcept;
  /// The first thing a draining child does.
  void begin_to_drain(const OnListener& here) noexcept;

  [[nodiscard]] bool draining() const noexcept { return around_.stopper.stage() != StopStage::Running; }

  Surroundings around_;
  bool draining_begun_ = false;
};

}  // namespace mpm
