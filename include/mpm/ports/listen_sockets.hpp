#pragma once

#include "mpm/base/role.hpp"

#include <span>

namespace mpm {

class ConnectionHost;
class Watched;

/// One socket that clients connect to.
class ListenSocket {
 public:
  enum class Outcome {
    Accepted,  ///< there is a connection
    Nobody,    ///< nobody waits
    Gone,      ///< who waited has gone; others may wait behind
    Shortage,  ///< out of descriptors or memory: this child should leave
  };

  /// What accept() found. `host` is set with Accepted, and only then: it is the new connection's, and whoever
  /// gets it owns it and must end() it.
  struct Arrival {
    Outcome outcome;
    ConnectionHost* host = nullptr;

    /// Even one that has gone meanwhile.
    [[nodiscard]] bool somebody_was_there() const noexcept {
      return outcome == Outcome::Accepted || outcome == Outcome::Gone;
    }
  };

  [[nodiscard]] virtual Watched& socket() noexcept = 0;

  /// Accepts at most one connection, without blocking.
  [[nodiscard]] virtual Arrival accept(const OnListener& here) noexcept = 0;

  /// Does anybody wait to be accepted? Of those who wait at a socket that several children share, another may
  /// take them at any moment. Who has closed its connection meanwhile waits on, for the kernel (accept(2)).
  [[nodiscard]] virtual bool somebody_waits(const OnListener& here) noexcept = 0;

 protected:
  ~ListenSocket() = default;
};

/// The listening sockets of this child's bucket.
class ListenSockets {
 public:
  [[nodiscard]] virtual std::span<ListenSocket* const> all() noexcept = 0;
  /// Closes them in this process. Connections that wait in them stay for the other children.
  virtual void close(const OnListener& here) noexcept = 0;

 protected:
  ~ListenSockets() = default;
};

}  // namespace mpm
