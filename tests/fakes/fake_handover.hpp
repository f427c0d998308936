#pragma once

#include "mpm/ports/handover.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace mpm {

/// Writes down what is done, and counts the generations.
class FakeHandover final : public Handover {
 public:
  /// What comes just before orders are blocked.
  void before_orders_are_blocked(std::function<void()> happens) { before_block_ = std::move(happens); }

  [[nodiscard]] int generation() const { return generation_; }
  [[nodiscard]] const std::vector<std::string>& done() const { return done_; }

  int begin_generation() noexcept override { return ++generation_; }
  void block_orders() noexcept override {
    std::exchange(before_block_, [] {})();
    done_.emplace_back("block orders");
  }
  void unblock_orders() noexcept override { done_.emplace_back("unblock orders"); }
  void block_all_but_stop() noexcept override { done_.emplace_back("block all but stop"); }
  void bequeath_sockets() noexcept override { done_.emplace_back("bequeath sockets"); }
  void bequeath_pipes() noexcept override { done_.emplace_back("bequeath pipes"); }
  void bequeath_older_pipes() noexcept override { done_.emplace_back("bequeath older pipes"); }

 private:
  std::function<void()> before_block_ = [] {};
  std::vector<std::string> done_;
  int generation_ = 0;
};

}  // namespace mpm
