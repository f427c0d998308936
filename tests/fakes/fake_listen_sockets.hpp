#pragma once

#include "fakes/fake_poller.hpp"
#include "mpm/ports/connection_host.hpp"
#include "mpm/ports/listen_sockets.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace mpm {

/// A socket to which hosts come when a test says so. Any thread may send them.
class FakeListenSocket final : public ListenSocket {
 public:
  explicit FakeListenSocket(FakePoller& poller) : poller_(poller) {}

  [[nodiscard]] Watched& socket() noexcept override { return watched_; }
  Arrival accept(const OnListener& here) noexcept override;

  [[nodiscard]] bool somebody_waits(const OnListener&) noexcept override { return waiting() > 0; }

  void arrive(ConnectionHost& client);
  /// So many clients come, and are gone before anybody of the backlog is accepted.
  void arrive_and_go(int count);
  /// The next accept finds no descriptor left.
  void fall_short();
  [[nodiscard]] std::size_t waiting();
  /// A client that has not been accepted goes away; null if there is none.
  [[nodiscard]] ConnectionHost* give_up();

  FakeSocket fake_socket;
  /// How often it was asked for a connection.
  std::atomic<int> asked{0};
  /// What happens while the listener is in accept(2), the first time.
  std::function<void()> before_accept;

 private:
  FakePoller& poller_;
  FakeWatched watched_{fake_socket};
  std::mutex mutex_;
  std::deque<ConnectionHost*> backlog_;  // null: a shortage
  int gone_ = 0;                         // before all these
};

/// One listening socket, or two, closed when the child closes them.
class FakeListenSockets final : public ListenSockets {
 public:
  explicit FakeListenSockets(FakePoller& poller, std::size_t count = 1)
      : one(poller), other(poller), count_(count) {}

  [[nodiscard]] std::span<ListenSocket* const> all() noexcept override {
    return std::span(all_).first(count_);
  }
  void close(const OnListener&) noexcept override { ++closed; }

  FakeListenSocket one;
  FakeListenSocket other;
  std::atomic<int> closed{0};

 private:
  std::array<ListenSocket*, 2> all_{&one, &other};
  std::size_t count_;
};

}  // namespace mpm
