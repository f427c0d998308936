#pragma once

#include "mpm/ports/death_pipe.hpp"

#include <functional>
#include <utility>

namespace mpm {

/// Counts what was asked, and lets children react.
class FakeDeathPipe final : public DeathPipe {
 public:
  void when_asked(std::function<void(int children, Request)> reaction) { reaction_ = std::move(reaction); }

  [[nodiscard]] int graceful() const { return graceful_; }
  [[nodiscard]] int forced() const { return forced_; }
  [[nodiscard]] bool let_go_of() const { return let_go_; }

  void ask(int children, Request request) noexcept override {
    (request == Request::Graceful ? graceful_ : forced_) += children;
    reaction_(children, request);
  }
  void let_go() noexcept override { let_go_ = true; }
  [[nodiscard]] Request take() noexcept override { return Request::Nothing; }

 private:
  std::function<void(int, Request)> reaction_ = [](int, Request) {};
  int graceful_ = 0;
  int forced_ = 0;
  bool let_go_ = false;
};

}  // namespace mpm
