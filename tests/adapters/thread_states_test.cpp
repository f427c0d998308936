#include "os/thread_states.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include <pthread.h>

namespace mpm::os {
namespace {

struct AThread : testing::Test {
  /// Starts a thread that does `what`, and knows its number.
  template <class F>
  void start(F&& what) {
    std::future<ThreadId> told = number.get_future();
    thread = std::thread([this, what] {
      ::pthread_setname_np(::pthread_self(), ") S (");
      number.set_value(states.self());
      what();
    });
    id = told.get();
  }
  bool wants_processor() { return states.wants_processor(id); }

  const ProcThreadStates states{};
  std::promise<ThreadId> number;  // outlives the thread
  std::thread thread;
  ThreadId id = 0;
};

TEST_F(AThread, ThatComputesWantsAProcessor) {
  std::atomic<bool> enough{false};
  start([&enough] {
    while (!enough) {
    }
  });
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(wants_processor());
  enough = true;
  thread.join();
}

TEST_F(AThread, ThatWaitsDoesNot) {
  std::promise<void> end;
  start([told = end.get_future().share()] { told.wait(); });
  while (wants_processor())
    std::this_thread::yield();  // a thread that always wanted one would end this by the time limit
  end.set_value();
  thread.join();
}

TEST_F(AThread, ThatHasEndedDoesNot) {
  start([] {});
  thread.join();
  EXPECT_FALSE(wants_processor());
}

TEST_F(AThread, ThatAsksIsOneThatRuns) { EXPECT_TRUE(states.wants_processor(states.self())); }

}  // namespace
}  // namespace mpm::os
