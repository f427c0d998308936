#pragma once

#include "child/stopper.hpp"
#include "mpm/base/role.hpp"
#include "mpm/ports/journal.hpp"
#include "mpm/ports/listen_sockets.hpp"
#include "mpm/ports/poller.hpp"

#include <cstddef>
#include <vector>

namespace mpm {

/// The clients that wait at the listening sockets: who is the next, and does the pollset tell of them? A
/// socket that was served goes behind the others, so that one with an endless backlog leaves them their turn.
class Backlog {
 public:
  /// What it looks at, and whom it tells when the child has to leave.
  struct Surroundings {
    ListenSockets& sockets;
    Poller& poller;
    Stopper& stopper;
    Journal& journal;
  };

  explicit Backlog(const Surroundings& around);
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;
  ~Backlog() = default;

  /// From now on the pollset tells who comes, or no longer. Nothing if it is so already.
  void watch(const OnListener& here) noexcept;
  void forget(const OnListener& here) noexcept;
  [[nodiscard]] bool watched(const OnListener&) const noexcept { return watched_; }

  /// Accepts one from this socket. In a shortage there is nobody, and the child leaves.
  [[nodiscard]] ListenSocket::Arrival accept(const OnListener& here, ListenSocket& socket) noexcept;

  /// Asks one socket after the other. Those found empty are not asked again: that costs a system call.
  class Round {
   public:
    explicit Round(Backlog& backlog) noexcept : backlog_(backlog) {}
    /// Has every socket been found empty?
    [[nodiscard]] bool over(const OnListener&) const noexcept { return empty_ == backlog_.turns_.size(); }
    /// The next, unless it is over.
    [[nodiscard]] ListenSocket::Arrival accept(const OnListener& here) noexcept;

   private:
    Backlog& backlog_;
    std::size_t empty_ = 0;
  };

  [[nodiscard]] bool somebody_waits(const OnListener& here) noexcept;
  [[nodiscard]] int how_many_sockets() const noexcept { return static_cast<int>(turns_.size()); }
  /// Takes the sockets out of the pollset and closes them.
  void close(const OnListener& here) noexcept;

 private:
  Surroundings around_;
  std::vector<ListenSocket*> turns_;  // the one that was served last is the last
  bool watched_ = false;
};

}  // namespace mpm
