#pragma once

#include "mpm/ports/thread_states.hpp"

#include <functional>

namespace mpm {

/// Threads of which a test says whether they want a processor; nobody does unless it says so.
class FakeThreadStates final : public ThreadStates {
 public:
  [[nodiscard]] ThreadId self() const noexcept override { return 1; }
  [[nodiscard]] bool wants_processor(ThreadId thread) const noexcept override { return wants(thread); }

  std::function<bool(ThreadId)> wants = [](ThreadId) { return false; };
};

}  // namespace mpm
