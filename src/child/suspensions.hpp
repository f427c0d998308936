#pragma once

#include "child/connection.hpp"
#include "child/convoy.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/list.hpp"
#include "mpm/base/role.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
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
  /// How many callbacks have begun so far. Any thread.
  [[nodiscard]] std::uint64_t callbacks_begun() const noexcept {
    return begun_.load(std::memory_order_relaxed);
  }

  void forget(Connection& connection) noexcept override;

 private:
  struct Books {
    explicit Books(std::size_t workers) : callers(workers) {}
    [[nodiscard]] Caller& caller(int slot) noexcept { return callers[static_cast<std::size_t>(slot)]; }
    /// Was it given back in another worker's callback, which is over?
    [[nodiscard]] bool has_back(const ConnectionHost& host) const noexcept;
    void give_out(Connection& connection, Convoy& back) noexcept;

    List<Connection, &Connection::in_lane> kept;
    /// By slot: the worker, if it has run a callback. Without a thread, while it runs the next one.
    std::vector<Caller> callers;
  };

  Guarded<Books> books_;
  std::atomic<std::uint64_t> begun_{0};
};

}  // namespace mpm
