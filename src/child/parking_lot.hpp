#pragma once

#include "child/convoy.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/role.hpp"
#include "mpm/base/status.hpp"
#include "mpm/base/time.hpp"
#include "mpm/policy/deadline_board.hpp"
#include "mpm/ports/poller.hpp"

#include <optional>
#include <span>

namespace mpm {

/// Where connections wait: keeps the deadline board and the pollset in step, so that a connection is in both
/// or in neither. It owns what is parked in it.
class ParkingLot {
 public:
  ParkingLot(const TimeoutPlan& plan, Poller& poller) : board_(plan), poller_(poller) {}
  ~ParkingLot() {
    Convoy left;
    hand_out_all(left);
  }
  ParkingLot(const ParkingLot&) = delete;
  ParkingLot& operator=(const ParkingLot&) = delete;

  /// Any thread. Ok when the lot took the connection; else the poller refused it, and the caller still has
  /// it.
  Status park(ConnectionPtr& connection, Instant now) noexcept;

  /// Hands out the connections among `ready`; any that the lot no longer has are passed over.
  void take(const OnListener& here, std::span<const Ready> ready, Convoy& out) noexcept;
  /// Hands out those whose deadline has been reached.
  void expire(const OnListener& here, Instant now, Convoy& out) noexcept;
  /// Hands out kept-alive connections that have been quiet since `latest`, oldest first, at most `most`.
  void evict(const OnListener& here, Instant latest, std::size_t most, Convoy& out) noexcept;
  /// From now on connections get no more than a short linger.
  void hurry(const OnListener& here, Instant now) noexcept;
  /// Hands out what is left. No other thread may be.
  void hand_out_all(Convoy& out) noexcept;

  /// Until when the listener may sleep as far as the lot is concerned; park() wakes it for anything earlier.
  [[nodiscard]] std::optional<Instant> next_deadline(const OnListener& here, Instant now) noexcept;
  /// When the kept-alive connection that has been here longest was parked.
  [[nodiscard]] std::optional<Instant> oldest_parked(const OnListener& here) noexcept;

 private:
  void release(DeadlineBoard& board, Waiter& waiter, Event happened, Convoy& out) noexcept;

  Guarded<DeadlineBoard> board_;
  Poller& poller_;
};

}  // namespace mpm
