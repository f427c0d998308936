#pragma once

#include "mpm/ports/threads.hpp"

#include <atomic>
#include <functional>
#include <thread>

namespace mpm {

/// What a thread of a test is natively.
class NativeThread {
 public:
  std::thread thread;
};

/// Real threads.
class FakeThreads final : public Threads {
 public:
  Status start(ThreadBody& body, NativeThread*& thread) noexcept override;
  Status join(NativeThread& thread) noexcept override;

  /// Is the nth thread, counted from 0, refused?
  std::function<bool(int nth)> refuses = [](int) { return false; };
  std::atomic<int> started{0};  ///< or refused
  int joined = 0;
  Status join_answer;
};

}  // namespace mpm
