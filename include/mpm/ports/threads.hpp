#pragma once

#include "mpm/base/status.hpp"

namespace mpm {

class NativeThread;

/// What a thread does. It returns to end the thread: pthread_exit(3) would unwind the stack, which aborts at
/// the first noexcept frame.
class ThreadBody {
 public:
  virtual void run(NativeThread& self) noexcept = 0;

 protected:
  ~ThreadBody() = default;
};

/// Starts the child's threads, with the configured stack size. They inherit main's signal mask, in which the
/// operator's signals are blocked.
class Threads {
 public:
  /// Main. `body` must live until the thread was joined.
  virtual Status start(ThreadBody& body, NativeThread*& started) noexcept = 0;
  /// Main. Waits for the thread to end, and forgets it.
  virtual Status join(NativeThread& thread) noexcept = 0;

 protected:
  ~Threads() = default;
};

}  // namespace mpm
