#pragma once

#include "mpm/base/role.hpp"
#include "mpm/policy/connection_table.hpp"
#include "mpm/policy/linger.hpp"
#include "mpm/policy/timeout_plan.hpp"
#include "mpm/ports/poller.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

namespace mpm {

class Connection;
class NativeThread;

/// Where a worker stands: its slots in the scoreboard, its process among those that live, and its thread as
/// the host knows it.
struct WorkerSlot {
  int process_slot = 0;
  int process_number = 0;
  int thread_slot = 0;
  NativeThread* thread = nullptr;
};

/// A worker that has run timed callbacks: its thread, and the number of its first one, as the child counts
/// them.
struct Caller {
  std::thread::id thread;
  std::uint64_t since = 0;
};

/// Ends a connection wherever its handle is dropped: there is no path on which one could be forgotten.
struct EndConnection {
  void operator()(Connection* connection) const noexcept;
};

/// Owns a connection; whoever holds it may use the connection. It is in one place at a time.
using ConnectionPtr = std::unique_ptr<Connection, EndConnection>;

/// What httpd does to one connection. The connection's holder calls; nobody else does, but for sever() and
/// was_given_back(). Each step answers with the event that it made happen.
class ConnectionHost {
 public:
  using Destroy = void (*)(void* made) noexcept;
  /// Memory for the Connection, which lives as long as httpd's side of it: `destroy` is called on it when
  /// that ends, through end() or because a module ended a connection that it had suspended. Called once, by
  /// the listener.
  [[nodiscard]] virtual void* room(std::size_t size, Destroy destroy) noexcept = 0;
  /// Its socket, to be watched; a new object each time.
  [[nodiscard]] virtual std::unique_ptr<Watched> watchable() noexcept = 0;

  /// Makes httpd's connection record and runs the connection hooks: Opened or Refused.
  virtual Event open(const OnWorker& here, const WorkerSlot& slot) noexcept = 0;
  /// A worker takes the connection up again: modules are told (resume_connection), and the connection's id
  /// and scoreboard handle follow its thread.
  virtual void attach(const OnWorker& here, const WorkerSlot& slot) noexcept = 0;
  /// The worker is about to let go of it: modules are told (suspend_connection). If one has suspended it, it
  /// may have ended when this returns.
  virtual void detach(const OnWorker& here) noexcept = 0;
  /// Follows detach(), unless it has ended by then: it is in no worker's slot any more. Takes no lock.
  virtual void unseat() noexcept = 0;
  /// Any worker, while the connection is suspended: whether its module finished the request inside a callback
  /// that `caller` has run. The caller is the asking worker, or one whose doings it has seen. By `since` it
  /// is told from a thread of the module's that had the same id and has ended.
  [[nodiscard]] virtual bool was_given_back(const Caller& caller) const noexcept = 0;

  /// Runs the process_connection hooks: WantsFlush, WantsIo, WantsSuspend or Finished.
  virtual Event process(const OnWorker& here) noexcept = 0;
  /// Writes what the socket takes, without blocking: Flushed, MoreInput, Blocked or Finished.
  virtual Event flush(const OnWorker& here) noexcept = 0;
  /// Shuts our side down: runs the closing hooks, flushes for at most a short linger. Blocked if the client's
  /// side is still open, Drained if there is nothing to wait for. `kind` comes back short if a module asked
  /// for that.
  virtual Event start_linger(const OnWorker& here, Linger& kind) noexcept = 0;
  /// Throws away what the client still sends, without blocking: Blocked if there was nothing, Yielded if
  /// there was and more may come, or Drained.
  virtual Event drain(const OnWorker& here) noexcept = 0;

  /// Shows the connection's state in the worker's scoreboard slot before it is parked.
  virtual void show(const OnWorker& here, State state) noexcept = 0;
  /// What the connection waits for in `state`. A module's wish counts once.
  virtual Sense sense(State state) noexcept = 0;
  /// The queue for its host's Timeout or, kept alive, KeepAliveTimeout.
  [[nodiscard]] virtual QueueNumber queue(State state) const noexcept = 0;
  /// Could a read return at once? Asks the socket, not the filters.
  [[nodiscard]] virtual bool input_waits() const noexcept = 0;

  /// Any thread, while the holder keeps it from ending: breaks the connection, also under a worker that may
  /// be blocked reading or writing, for a forced stop.
  virtual void sever() noexcept = 0;

  /// Closes the socket without blocking, ends the connection record and the Connection, and gives all memory
  /// back. The last call.
  virtual void end() noexcept = 0;

 protected:
  ~ConnectionHost() = default;
};

}  // namespace mpm
