#pragma once

#include "child/convoy.hpp"
#include "child/registrations.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/role.hpp"
#include "mpm/base/status.hpp"
#include "mpm/base/time.hpp"
#include "mpm/policy/deadline_board.hpp"
#include "mpm/ports/poller.hpp"

#include <optional>
#include <span>

namespace mpm {

/// How requests come. In a trickle, whoever hands one out looks at the pollset again before a worker has read
/// it, and must not be kept awake by what it knows; in a rush that is rare.
enum class Pace { Trickle, Rush };

/// Where connections wait: keeps the deadline board and the pollset in step, so that a connection on the
/// board has its place in the pollset, unless it rests. It owns what is parked in it, and must outlive
/// whatever has ever been.
class ParkingLot final : public Registry {
 public:
  ParkingLot(const TimeoutPlan& plan, Poller& poller) : inside_(plan, poller), poller_(poller) {}
  ~ParkingLot() {
    Convoy left;
    hand_out_all(left);
  }
  ParkingLot(const ParkingLot&) = delete;
  ParkingLot& operator=(const ParkingLot&) = delete;

  /// Any thread. Ok when the lot took the connection; else the poller refused it, and the caller still has
  /// it.
  Status park(ConnectionPtr& connection, Instant now) noexcept;

  void forget(Connection& connection) noexcept override;

  /// Has to be called before each wait for what is ready.
  void begin_wait(const OnListener& here) noexcept;
  /// Hands out the connections among `ready`; any that the lot does not have, or that are not ready any more,
  /// are passed over. In a rush, kept-alive ones keep their places in the pollset.
  void take(const OnListener& here, std::span<Watched* const> ready, Pace pace, Convoy& out) noexcept;
  /// Hands out those whose deadline has been reached, or who have rested.
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
  struct Inside {
    Inside(const TimeoutPlan& plan, Poller& poller) : board(plan), registered(poller) {}
    DeadlineBoard board;
    Registrations registered;
  };
  static void withdraw(Inside& inside, Waiter& waiter, Event happened, Convoy& out) noexcept;
  static void release(Inside& inside, Waiter& waiter, Event happened, Convoy& out) noexcept;

  Guarded<Inside> inside_;
  Poller& poller_;
};

}  // namespace mpm
