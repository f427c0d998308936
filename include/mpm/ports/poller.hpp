#pragma once

#include "mpm/base/role.hpp"
#include "mpm/base/status.hpp"

#include <chrono>
#include <optional>
#include <span>

namespace mpm {

class Connection;
class ListenSocket;

/// What to wait for on a socket.
enum class Sense { Readable, Writable };

/// A socket as the poller's adapter knows it.
class Watched {
 protected:
  ~Watched() = default;
};

/// Whose socket is ready: exactly one of the two is set.
struct Ready {
  Connection* connection = nullptr;
  ListenSocket* listening = nullptr;
};

/// The child's pollset. Sockets are watched until forgotten: readiness is level-triggered (epoll(7)).
class Poller {
 public:
  /// Any thread. wait() will tell of `who` when the socket is ready. If the status is not ok, it is not
  /// watched.
  virtual Status watch(Watched& socket, Sense sense, const Ready& who) noexcept = 0;
  /// Any thread. A socket that is not watched is no error: the kernel forgets closed ones by itself.
  virtual Status forget(Watched& socket) noexcept = 0;

  /// What a wait has found. `ready` is valid until the next one, and empty if the status is not ok.
  struct Found {
    Status status;
    std::span<const Ready> ready;
  };
  /// Sleeps until something is ready, wake() is called or `longest` is over; for ever without `longest`.
  /// Being woken and running out of time are ok, with nothing ready.
  virtual Found wait(const OnListener& here, std::optional<std::chrono::milliseconds> longest) noexcept = 0;

  /// Any thread. Makes the present or the next wait return at once.
  virtual void wake() noexcept = 0;

 protected:
  ~Poller() = default;
};

}  // namespace mpm
