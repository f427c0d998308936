#pragma once

#include "child/connection.hpp"
#include "mpm/base/list.hpp"

#include <cstddef>

namespace mpm {

/// Connections in a row, on their way to the run queue or to their end; owns them.
class Convoy {
 public:
  Convoy() = default;
  ~Convoy() { end(); }
  Convoy(const Convoy&) = delete;
  Convoy& operator=(const Convoy&) = delete;

  void add(ConnectionPtr connection, Event happened) noexcept {
    connection->pending = happened;
    list_.push_back(*connection.release());
  }
  /// The oldest, or null.
  [[nodiscard]] ConnectionPtr take() noexcept { return ConnectionPtr(list_.pop_front()); }
  [[nodiscard]] std::size_t size() const noexcept { return list_.size(); }

  /// Cuts all clients off.
  void sever() noexcept {
    for (Connection* one = list_.front(); one; one = list_.after(*one)) one->host().sever();
  }
  void end() noexcept {
    while (take()) {
    }
  }

 private:
  List<Connection, &Connection::in_lane> list_;
};

}  // namespace mpm
