#pragma once

#include "fakes/fake_poller.hpp"
#include "mpm/ports/connection_host.hpp"
#include "mpm/ports/listen_sockets.hpp"

#include <array>
#include <deque>
#include <functional>
#include <mutex>

namespace mpm {

/// A socket to which hosts come when a test says so. Any thread may send them.
class FakeListenSocket final : public ListenSocket {
 public:
  explicit FakeListenSocket(FakePoller& poller) : poller_(poller) {}

  [[nodiscard]] Watched& socket() noexcept override { return fake_socket; }
  Outcome accept(const OnListener& here, ConnectionHost*& accepted) noexcept override;

  void arrive(ConnectionHost& client);
  /// The next accept finds no descriptor left.
  void fall_short();
  [[nodiscard]] std::size_t waiting();
  /// A client that has not been accepted goes away; null if there is none.
  [[nodiscard]] ConnectionHost* give_up();

  FakeSocket fake_socket;
  /// What happens while the listener is in accept(2), the first time.
  std::function<void()> before_accept;

 private:
  FakePoller& poller_;
  std::mutex mutex_;
  std::deque<ConnectionHost*> backlog_;  // null: a shortage
};

/// One listening socket, closed when the child closes it.
class FakeListenSockets final : public ListenSockets {
 public:
  explicit FakeListenSockets(FakePoller& poller) : one(poller) {}

  [[nodiscard]] std::span<ListenSocket* const> all() noexcept override { return all_; }
  void close(const OnListener&) noexcept override { ++closed; }

  FakeListenSocket one;
  std::atomic<int> closed{0};

 private:
  std::array<ListenSocket*, 1> all_{&one};
};

}  // namespace mpm
