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

/// Whose socket it is: one of the two is set, or neither while it is nobody's.
struct Owner {
  Connection* connection = nullptr;
  ListenSocket* listening = nullptr;
};

/// A socket as the poller's adapter knows it, and whose it is. The poller passes that on and never looks at
/// it.
class Watched {
 public:
  Watched() = default;
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  virtual ~Watched() = default;

  Owner owner;
};

/// The child's pollset. Sockets are watched until forgotten: readiness is level-triggered (epoll(7)).
class Poller {
 public:
  /// Any thread. wait() will tell of the socket when it is ready. If the status is not ok, it is not watched.
  virtual Status watch(Watched& socket, Sense sense) noexcept = 0;
  /// Any thread. A wait that has begun may still tell of it, so it must live until the next one begins. If
  /// the status is not ok, the socket has been closed: the kernel forgets it by itself, but not before other
  /// processes have closed their copies of it as well (epoll(7)). Until then any wait may tell of it.
  virtual Status forget(Watched& socket) noexcept = 0;

  /// What a wait has found. `ready` is valid until the next one, and empty if the status is not ok.
  struct Found {
    Status status;
    std::span<Watched* const> ready;
  };
  /// Sleeps until something is ready, wake() is called or `longest` is over; for ever without `longest`.
  /// Being woken and running out of time are ok, with nothing ready.
  virtual Found wait(const OnListener& here, std::optional<std::chrono::milliseconds> longest) noexcept = 0;

  /// Any thread: is a watched socket ready at this moment?
  [[nodiscard]] virtual bool is_ready(const Watched& socket) const noexcept = 0;

  /// Any thread. Makes the present or the next wait return at once.
  virtual void wake() noexcept = 0;

 protected:
  ~Poller() = default;
};

}  // namespace mpm
