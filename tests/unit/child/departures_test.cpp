#include "child/departures.hpp"

#include "child_parts.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace mpm {
namespace {

struct TheEndOfAConnection : ChildParts {
  ~TheEndOfAConnection() override {
    stop.raise(StopStage::Forced);
    if (enrolled) static_cast<void>(queue.take(as.worker, bench, clock.now()));
  }
  void idle_worker() {
    enrolled = true;
    queue.enrol(as.worker, bench, clock.now());
    static_cast<void>(queue.take(as.worker, bench, clock.now()));
  }
  Bench bench;
  bool enrolled = false;
};

TEST_F(TheEndOfAConnection, ConcernsNobodyWhileTheChildServesAndTheGateIsOpen) {
  acceptor.open(as.listener);
  connect(client()).reset();
  EXPECT_EQ(poller.wakes(), 0);
}

TEST_F(TheEndOfAConnection, WakesAListenerThatHoldsTheGate) {
  acceptor.open(as.listener);
  ConnectionPtr conn = connect(client());
  acceptor.accept(as.listener, sockets.one, clock.now());
  idle_worker();
  ASSERT_TRUE(acceptor.held());
  conn.reset();
  EXPECT_EQ(poller.wakes(), 1);
}

// The listener need not wait until it is closed: the flush before that takes as long as the client likes.
TEST_F(TheEndOfAConnection, WakesAListenerThatHoldsTheGateAsSoonAsItIsOnlyBeingClosed) {
  acceptor.open(as.listener);
  const ConnectionPtr conn = connect(client());
  acceptor.accept(as.listener, sockets.one, clock.now());
  idle_worker();
  ASSERT_TRUE(acceptor.held());
  static_cast<void>(conn->on(Event::Opened));
  static_cast<void>(conn->on(Event::Finished));
  ASSERT_EQ(conn->state(), State::Lingering);
  EXPECT_EQ(poller.wakes(), 1);
}

TEST_F(TheEndOfAConnection, WakesTheListenerOfADrainingChildWhenItWasTheLast) {
  ConnectionPtr last = connect(client());
  connect(client()).reset();
  stopper.raise(StopStage::Graceful);
  const int before = poller.wakes();
  connect(client()).reset();
  EXPECT_EQ(poller.wakes(), before);
  last.reset();
  EXPECT_EQ(poller.wakes(), before + 1);
}

TEST_F(TheEndOfAConnection, CallsAWorkerOfADrainingChildThatMayBeSurplusNow) {
  ConnectionPtr conn = connect(client());
  stopper.raise(StopStage::Graceful);
  queue.close(as.listener, clock.now());
  idle_worker();
  std::thread asleep([this] { queue.rest(as.worker, bench); });
  std::thread([&] { conn.reset(); }).join();
  asleep.join();
  EXPECT_TRUE(std::holds_alternative<WorkQueue::Retire>(queue.take(as.worker, bench, clock.now())));
  enrolled = false;
}

}  // namespace
}  // namespace mpm
