#pragma once

#include <cstdint>

namespace mpm {

/// A thread of this process as the operating system numbers it.
using ThreadId = std::int64_t;

/// What the operating system knows of this process's threads. Any thread.
class ThreadStates {
 public:
  /// The calling thread.
  [[nodiscard]] virtual ThreadId self() const noexcept = 0;
  /// Does that thread run, or would it if a processor were free? False if it waits for something else, if it
  /// has ended, and where nobody can say.
  [[nodiscard]] virtual bool wants_processor(ThreadId thread) const noexcept = 0;

 protected:
  ~ThreadStates() = default;
};

}  // namespace mpm
