#pragma once

#include "mpm/ports/threads.hpp"

#include <thread>

namespace mpm {

/// What a thread of a test is natively.
class NativeThread {
 public:
  std::thread thread;
};

/// Real threads; a test says how many there may be.
class FakeThreads final : public Threads {
 public:
  explicit FakeThreads(int most = 1000) : left_(most) {}

  Status start(ThreadBody& body, NativeThread*& started) noexcept override;
  Status join(NativeThread& thread) noexcept override;

  int joined = 0;
  Status join_answer;

 private:
  int left_;
};

}  // namespace mpm
