#pragma once

#include "child/connection.hpp"
#include "mpm/base/status.hpp"
#include "mpm/ports/poller.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace mpm {

/// The connections' places in the pollset. A kept-alive connection keeps its place while its request is
/// served, so that nothing has to be told to the kernel before it answers, nor when it waits for the next one
/// (ADR 25). So the poller may tell of a connection that a worker has, or of one that a worker had when it
/// said so: both are found out here. Lives in the parking lot, under its lock. Borrows its members.
class Registrations {
 public:
  explicit Registrations(Poller& poller) : poller_(poller) {}

  /// The connection is parked: it has a place for `sense` now, or the status says why not.
  [[nodiscard]] Status enter(Connection& connection, Sense sense) noexcept;
  /// It has none from now on. The wait that has begun may still tell of it, as nobody's.
  void cancel(Connection& connection) noexcept;

  /// A wait is about to begin: nothing that was said before matters any more.
  void begin_wait() noexcept;
  /// May the poller have said of this parked connection what was true when a worker had it, and is it not?
  [[nodiscard]] bool is_old_news(const Connection& connection) const noexcept;
  /// The poller told of a connection that a worker has. It will do so at once whenever it is asked, so it is
  /// not allowed to for long.
  void told_in_vain(Connection& connection) noexcept;

 private:
  Poller& poller_;
  std::uint64_t waits_ = 0;
  std::vector<std::unique_ptr<Watched>> given_up_;  // since the last wait began
  // By a module, before they were given up: the kernel may tell of them for as long as the child lives.
  std::vector<std::unique_ptr<Watched>> closed_;
};

}  // namespace mpm
