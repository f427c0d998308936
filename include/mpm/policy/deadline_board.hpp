#pragma once

#include "mpm/base/deadline_heap.hpp"
#include "mpm/base/list.hpp"
#include "mpm/base/time.hpp"
#include "mpm/policy/timeout_plan.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace mpm {

/// What can stand on the board: a base of Connection.
struct Waiter {
  enum class For {
    NextRequest,  ///< in a keep-alive queue; may be evicted
    Socket,       ///< in an input/output queue
    Client,       ///< lingers
  };

  Link<Waiter> in_queue;
  HeapPlace in_heap;
  For waits_for = For::Socket;
  QueueNumber queue = 0;
  Instant parked{};
  Instant lingers_until{};             ///< set when lingering begins; no later once the board hurries
  std::optional<Instant> rests_until;  ///< of one that lingers and is to be looked at before that

  /// Is it on a board now?
  [[nodiscard]] bool waiting() const noexcept { return in_queue.linked() || in_heap.placed(); }
};

/// All deadlines of one child's parked connections. One first-in-first-out queue per kind and timeout: time
/// is monotonic and waiters join at the end, so each queue is sorted by deadline and everything on it is
/// O(1). Lingering connections name their own deadlines, so they stand in a heap. Knows no clock and no lock:
/// it lives in the parking lot, under its lock. Borrows its members.
class DeadlineBoard {
 public:
  explicit DeadlineBoard(const TimeoutPlan& plan);

  /// `waiter` waits from `now` on for as long as its queue says. True if the listener sleeps past its
  /// deadline and has to be woken.
  [[nodiscard]] bool enter(Waiter& waiter, Waiter::For what, QueueNumber queue, Instant now) noexcept;
  /// `waiter` lingers until the moment that it names; once the board hurries, for no more than a short linger
  /// from `now`. It is due earlier if it only rests. As above.
  [[nodiscard]] bool enter_lingering(Waiter& waiter, Instant now) noexcept;
  void leave(Waiter& waiter) noexcept;

  /// The waiter whose deadline has been reached, or null; the earliest of its queue first. It is still on the
  /// board.
  [[nodiscard]] Waiter* due(Instant now) const noexcept;
  /// The kept-alive waiter that was parked first of all, if it was parked at `latest` or before; or null.
  [[nodiscard]] Waiter* oldest_kept_alive(Instant latest) const noexcept;
  /// When the kept-alive waiter that was parked first of all was parked.
  [[nodiscard]] std::optional<Instant> oldest_parked() const noexcept;

  /// Those that linger, and those that will, get no more than a short linger.
  void hurry(Instant now) noexcept;

  /// The moment until which the listener may sleep as far as this board is concerned; the board remembers it,
  /// and enter() asks for a wake-up only for something earlier. When the board has emptied, a promised moment
  /// still ahead stays promised: so a connection that comes and goes does not wake the listener each time it
  /// is parked.
  [[nodiscard]] std::optional<Instant> promise(Instant now) noexcept;

  /// Any one waiter, or null: for emptying the board at the end.
  [[nodiscard]] Waiter* any() const noexcept;

 private:
  using Queue = List<Waiter, &Waiter::in_queue>;

  [[nodiscard]] Queue& queue_of(Waiter::For what, QueueNumber queue) noexcept;
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  [[nodiscard]] bool sleeps_past(Instant deadline) const noexcept {
    return !promised_ || deadline < *promised_;
  }

  const TimeoutPlan& plan_;
  std::vector<Queue> requests_;
  std::vector<Queue> sockets_;
  DeadlineHeap<Waiter, &Waiter::in_heap> clients_;
  bool hurries_ = false;
  std::optional<Instant> promised_ = Instant::min();  // the listener has not slept yet: nobody needs waking
};

}  // namespace mpm
