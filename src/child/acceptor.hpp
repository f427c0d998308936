#pragma once

#include "child/backlog.hpp"
#include "child/last_answers.hpp"
#include "child/work_queue.hpp"
#include "mpm/base/role.hpp"
#include "mpm/policy/admission.hpp"
#include "mpm/ports/journal.hpp"
#include "mpm/ports/scoreboard.hpp"

#include <atomic>
#include <optional>

namespace mpm {

/// How many connections a child may take.
struct Quota {
  int threads_per_child = 0;
  Factor per_idle;
  int connections = 0;  ///< MaxConnectionsPerChild; 0 for no limit
};

/// Accepts connections while admit() allows it. When somebody comes while it does not, the gate is held: the
/// listening sockets leave the pollset, and whoever makes room (an idle worker, a connection that ends) wakes
/// the listener. They come back to it when nobody is left behind the gate, held or not.
class Acceptor {
 public:
  /// What the acceptor acts upon.
  struct Surroundings {
    ListenSockets& sockets;
    Poller& poller;
    WorkQueue& queue;
    Ledger& ledger;
    Scoreboard& scoreboard;
    Stopper& stopper;
    Journal& journal;
  };

  Acceptor(const Surroundings& around, const Quota& quota);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  ~Acceptor() = default;

  void open(const OnListener& here) noexcept;
  /// Accepts one connection from a socket that is ready, and while workers are blocked some more; or leaves
  /// it behind the gate.
  void accept(const OnListener& here, ListenSocket& ready, Instant now) noexcept;
  /// Opens a held gate if the limit allows it again. To be called once a turn, before the listener sleeps.
  void reconsider(const OnListener& here, Instant now) noexcept;
  /// Does anybody wait behind a held gate, as far as is known?
  [[nodiscard]] bool somebody_is_behind_the_gate(const OnListener& here) const noexcept {
    return held() && !backlog_.watched(here);
  }
  /// When to reconsider() at the latest; absent while last answers are still to be claimed, or when nobody is
  /// known to wait.
  [[nodiscard]] std::optional<Instant> next_due(const OnListener& here) const noexcept;
  /// Closes the listening sockets for good. In a graceful end whoever waits there is accepted first, within
  /// the limit, but no more than a full backlog: more may come all the time.
  void close(const OnListener& here, Instant now) noexcept;

  /// Any thread: room may have been made. Wakes the listener if it holds the gate and need not.
  void room_made() noexcept {
    if (held() && gate() == Gate::Open) around_.poller.wake();
  }
  /// Any thread.
  [[nodiscard]] bool held() const noexcept { return held_.load(); }

  /// Any thread, for an answer that is about to be given: is it to be the last on its connection, because
  /// clients wait behind a held gate?
  [[nodiscard]] bool claim_last_answer(Transport transport) noexcept {
    return last_answers_.claim(transport);
  }

 private:
  [[nodiscard]] Load load() const noexcept;
  [[nodiscard]] Gate gate() const noexcept {
    return admit(load(), quota_.threads_per_child, quota_.per_idle);
  }
  [[nodiscard]] bool ended() const noexcept {
    return closed_ || around_.stopper.stage() != StopStage::Running;
  }
  [[nodiscard]] bool used_up() const noexcept {
    return quota_.connections > 0 && accepted_ >= quota_.connections;
  }
  void hold(const OnListener& here, Gate why) noexcept;
  void let_in_again(const OnListener& here) noexcept;
  /// The gate stays held, and somebody may be behind it: asks clients to leave, or finds that nobody is.
  void ask_to_leave(const OnListener& here, bool room_was_made, Instant now) noexcept;
  /// Nobody is left who waits: nobody need be asked to leave, and the pollset tells of the next who comes.
  void turn_back_to_sockets(const OnListener& here) noexcept;
  /// Queues who was accepted; the last of MaxConnectionsPerChild stops the child. True if somebody was there,
  /// even one that has gone meanwhile.
  bool take_in(const OnListener& here, const ListenSocket::Arrival& arrival, Instant now) noexcept;
  /// Accepts who waits, from one socket after the other, as long as the limit allows and the stage is
  /// `during`. True if the gate need not be held for want of room: nobody is left who waits, or as many as
  /// `most` were there.
  bool take_in_waiting(const OnListener& here, Instant now, StopStage during, int most) noexcept;
  void take_in_the_last(const OnListener& here, Instant now) noexcept;

  Surroundings around_;
  Quota quota_;
  Backlog backlog_;
  LastAnswers last_answers_;
  int accepted_ = 0;
  bool closed_ = false;
  // Sequentially consistent: see WorkQueue.
  std::atomic<bool> held_{false};
};

}  // namespace mpm
