#pragma once

#include "mpm/ports/scoreboard.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace mpm {

/// A scoreboard of one child, in plain memory.
class FakeScoreboard final : public Scoreboard {
 public:
  static constexpr std::size_t slots = 256;

  [[nodiscard]] Ledger::Columns columns() noexcept override {
    Ledger::Columns columns{.open = &open_};
    for (std::size_t state = 0; state < states; ++state) columns.by_state[state] = &by_state_[state];
    return columns;
  }
  void sign_in(int slot) noexcept override { ++signed_in[at(slot)]; }
  void show(int slot, WorkerStatus status) noexcept override { statuses[at(slot)] = status; }
  void show_accepting(Accepting shown) noexcept override { accepting = shown; }
  void show_serving() noexcept override { ++serving; }
  void show_draining(Reason reason) noexcept override {
    ++quiescing;
    why = reason;
  }
  void give_up_row(const OnMain&) noexcept override { ++rows_given_up; }
  [[nodiscard]] int children_serving() const noexcept override {
    ++counts;
    return children;
  }

  [[nodiscard]] std::uint32_t open() noexcept { return std::atomic_ref(open_).load(); }
  [[nodiscard]] std::uint32_t in(State state) noexcept {
    return std::atomic_ref(by_state_[static_cast<std::size_t>(state)]).load();
  }

  std::array<std::atomic<WorkerStatus>, slots> statuses{};
  std::array<std::atomic<int>, slots> signed_in{};
  std::atomic<Accepting> accepting{Accepting::Yes};
  std::atomic<int> serving{0};
  std::atomic<int> rows_given_up{0};
  std::atomic<int> children{1};
  mutable std::atomic<int> counts{0};  ///< how often the children were counted
  std::atomic<int> quiescing{0};
  std::atomic<Reason> why{Reason::Asked};

 private:
  static std::size_t at(int slot) { return static_cast<std::size_t>(slot); }

  std::uint32_t open_ = 0;
  std::array<std::uint32_t, states> by_state_{};
};

}  // namespace mpm
