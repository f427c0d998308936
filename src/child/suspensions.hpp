#pragma once

#include "child/connection.hpp"
#include "child/parking_lot.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/list.hpp"
#include "mpm/base/role.hpp"

#include <cstddef>
#include <thread>
#include <vector>

namespace mpm {

/// The connections that modules have suspended. A module owns such a connection and may end it in any thread.
/// It gives it back by finishing the request in a timed callback: the worker that ran the callback takes the
/// connection back or, where that came too early, the worker that lets go of it goes on with it. It outlives
/// every connection that was kept here.
class Suspensions final : public Suspender {
 public:
  explicit Suspensions(int workers) : books_(static_cast<std::size_t>(workers)) {}

  /// The worker lets go of the connection; modules are told. Null, or the connection itself if it had been
  /// given back by then.
  [[nodiscard]] ConnectionPtr let_go(const OnWorker& here, ConnectionPtr connection) noexcept;

  /// The worker in this slot is about to run a timed callback.
  void begin_callback(const OnWorker&, int slot) noexcept;
  /// The callback has been run: adds the connections that were given back in it. Asks all that are kept: few
  /// servers have any.
  void take_back(const OnWorker&, int slot, Convoy& back) noexcept;

  void forget(Connection& connection) noexcept override;

 private:
  struct Books {
    explicit Books(std::size_t workers) : callers(workers) {}
    [[nodiscard]] std::thread::id& caller(int slot) noexcept {
      return callers[static_cast<std::size_t>(slot)];
    }
    /// Was it given back in another worker's callback, which is over?
    [[nodiscard]] bool has_back(const ConnectionHost& host) const noexcept;
    void give_out(Connection& connection, Convoy& back) noexcept;

    List<Connection, &Connection::in_lane> kept;
    /// By slot: the thread of a worker that has run a callback. Nobody's, while it runs the next one.
    std::vector<std::thread::id> callers;
  };

  Guarded<Books> books_;
};

}  // namespace mpm
