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
  /// What comes just before orders are held back.
  void before_orders_are_held(std::function<void()> happens) { before_hold_ = std::move(happens); }

  [[nodiscard]] int generation() const { return generation_; }
  [[nodiscard]] const std::vector<std::string>& done() const { return done_; }

  int begin_generation() noexcept override { return ++generation_; }
  void hold_orders() noexcept override {
    std::exchange(before_hold_, [] {})();
    done_.emplace_back("hold orders");
  }
  void release_orders() noexcept override { done_.emplace_back("release orders"); }
  void hold_all_but_stop() noexcept override { done_.emplace_back("hold all but stop"); }
  void leave_sockets() noexcept override { done_.emplace_back("leave sockets"); }
  void leave_pipes() noexcept override { done_.emplace_back("leave pipes"); }
  void leave_older_pipes() noexcept override { done_.emplace_back("leave older pipes"); }

 private:
  std::function<void()> before_hold_ = [] {};
  std::vector<std::string> done_;
  int generation_ = 0;
};

}  // namespace mpm
