#pragma once

#include "mpm/policy/connection_table.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mpm {

/// How many connections of this child are open, and in which state. The public columns of the scoreboard's
/// process record are written in the same call that moves a connection, so that a status page is exact at any
/// moment. Any thread.
class Ledger {
 public:
  /// The public columns: shared with readers in other processes, written only here. One per state that has a
  /// column; null where it has none. `open` counts them all, closing ones included.
  struct Columns {
    std::uint32_t* open = nullptr;
    std::array<std::uint32_t*, states> by_state{};
  };

  /// Told of each connection that no longer counts towards the limit (Load), and of each that has ended.
  class Observer {
   public:
    /// On the thread that has it. From now on it is only being closed, and counts as that.
    virtual void connection_closing() noexcept = 0;
    /// On the thread that ended it, which may be a module's own. The connection is out of the counts.
    virtual void connection_ended() noexcept = 0;

   protected:
    ~Observer() = default;
  };

  explicit Ledger(const Columns& columns) noexcept : columns_(columns) {
    publish(columns_.open, 0);
    for (std::uint32_t* column : columns_.by_state) publish(column, 0);
  }
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger() = default;

  /// Before there are connections.
  void set_observer(Observer& observer) noexcept { observer_ = &observer; }

  /// One connection's line in the ledger: a member of Connection, so the count cannot be forgotten.
  class Entry {
   public:
    explicit Entry(Ledger& ledger) noexcept : ledger_(ledger) {
      ledger_.count_open(1);
      ledger_.count(at_, 1);
    }
    ~Entry() {
      ledger_.count(at_, -1);
      ledger_.count_open(-1);
      if (ledger_.observer_) ledger_.observer_->connection_ended();
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    /// Called by the connection's holder.
    void move_to(State to) noexcept {
      if (to == at_) return;
      ledger_.count(to, 1);
      ledger_.count(at_, -1);
      at_ = to;
      if (to == State::Lingering && ledger_.observer_) ledger_.observer_->connection_closing();
    }

   private:
    Ledger& ledger_;
    State at_ = State::Accepted;
  };

  /// Accepted and not yet closed.
  [[nodiscard]] int open() const noexcept { return open_.load(); }
  [[nodiscard]] int in(State state) const noexcept {
    return by_state_[static_cast<std::size_t>(state)].load();
  }

 private:
  // Columns: relaxed, as they are only shown. Counts: sequentially consistent, because a thread that changes
  // one and then looks for waiters must not miss one that begins to wait and then reads the count.
  static void publish(std::uint32_t* column, std::uint32_t value) noexcept {
    if (column) std::atomic_ref(*column).store(value, std::memory_order_relaxed);
  }
  static void add(std::uint32_t* column, int by) noexcept {
    if (column) std::atomic_ref(*column).fetch_add(static_cast<std::uint32_t>(by), std::memory_order_relaxed);
  }
  void count(State state, int by) noexcept {
    const auto at = static_cast<std::size_t>(state);
    by_state_[at].fetch_add(by);
    add(columns_.by_state[at], by);
  }
  void count_open(int by) noexcept {
    open_.fetch_add(by);
    add(columns_.open, by);
  }

  Columns columns_;
  Observer* observer_ = nullptr;
  std::atomic<int> open_{0};
  std::array<std::atomic<int>, states> by_state_{};
};

}  // namespace mpm
