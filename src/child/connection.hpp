#pragma once

#include "mpm/policy/connection_table.hpp"
#include "mpm/policy/deadline_board.hpp"
#include "mpm/policy/ledger.hpp"
#include "mpm/policy/linger.hpp"
#include "mpm/ports/connection_host.hpp"
#include "mpm/ports/poller.hpp"

#include <cstdint>
#include <memory>

namespace mpm {

class Connection;

/// Has connections that modules have suspended.
class Suspender {
 public:
  /// Any thread: the connection ends.
  virtual void forget(Connection& connection) noexcept = 0;

 protected:
  ~Suspender() = default;
};

/// Has connections in the pollset.
class Registry {
 public:
  /// Any thread: the connection, which its caller has, leaves the pollset for good.
  virtual void forget(Connection& connection) noexcept = 0;

 protected:
  ~Registry() = default;
};

/// A connection's place in the pollset. Its registry's, which looks at it under its lock also while a worker
/// has the connection.
struct Registration {
  std::unique_ptr<Watched> socket;  ///< null if it has none
  Sense sense = Sense::Readable;
  std::uint64_t kept_in_wait = 0;  ///< the wait during which it was parked again in this place; 0: never
  int times_told = 0;              ///< while a worker had it
};

/// A connection that its worker is letting go. On that worker's stack.
struct Parting {
  Connection* connection;   ///< null if it has ended meanwhile
  bool given_back = false;  ///< by its module, meanwhile
};

/// One connection: its state, its line in the ledger, and the httpd side of it. It is used by whoever holds
/// its handle (ConnectionPtr), from one thread at a time; hand-over through a lock orders the accesses. But
/// for waiting() and its registration, which are the registry's, under its lock.
class Connection final : public Waiter {
 public:
  /// A new connection, in the memory of its host.
  [[nodiscard]] static ConnectionPtr make(ConnectionHost& host, Ledger& ledger) noexcept;

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] ConnectionHost& host() noexcept { return host_; }
  [[nodiscard]] State state() const noexcept { return state_; }

  /// Goes where the table says and tells what is to be done now. An event that cannot happen here is our bug:
  /// the connection is closed.
  Then on(Event event) noexcept;

  /// Its holder calls: the pollset must not know it any more when its socket is closed.
  void leave_pollset() noexcept;

  /// What happened to it while nobody had it in hand; the worker that takes it up begins with this.
  Event pending = Event::Opened;
  /// When it joined the run queue, and when a worker took it out.
  Instant queued{};
  Instant taken{};
  Link<Connection> in_lane;  ///< or in a convoy, or among the suspended ones
  Suspender* suspended_in = nullptr;
  Parting* parting = nullptr;  ///< its suspender's

  Registry* registered_in = nullptr;  ///< set once it has been parked, until it leaves for good

  /// Set when lingering begins.
  Linger linger = Linger::Normal;
  bool linger_started = false;

 private:
  friend class Registrations;

  Connection(ConnectionHost& host, Ledger& ledger) noexcept : host_(host), entry_(ledger) {}
  ~Connection();

  ConnectionHost& host_;
  State state_ = State::Accepted;
  Ledger::Entry entry_;
  Registration registration_;
};

}  // namespace mpm
