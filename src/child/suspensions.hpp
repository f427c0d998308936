#pragma once

#include "child/connection.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/list.hpp"
#include "mpm/base/role.hpp"

namespace mpm {

/// The connections that modules have suspended. A module owns such a connection and may end it in any thread.
/// It gives it back by finishing the request in a timed callback: the worker that ran the callback goes on
/// with the connection. It outlives every connection that was kept here.
class Suspensions final : public Suspender {
 public:
  /// The worker is about to let go of the connection.
  void keep(const OnWorker&, Connection& connection) noexcept;
  /// A connection that was given back on this thread, or null. Asks all that are kept: few servers have any.
  [[nodiscard]] ConnectionPtr take_back(const OnWorker& here) noexcept;
  void forget(Connection& connection) noexcept override;

 private:
  Guarded<List<Connection, &Connection::in_lane>> kept_;
};

}  // namespace mpm
