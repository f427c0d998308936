#include "acceptor_parts.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace mpm {
namespace {

// A client that has connected and is not accepted is reset with the last socket.
struct AnAcceptorForWhichThreeWait : AnAcceptor {
  void close(StopStage stage, int idle = 4) {
    idle_workers(idle);
    acceptor.open(as.listener);
    arrive(3);
    stopper.raise(stage);
    acceptor.close(as.listener, clock.now());
  }
};

TEST_F(AnAcceptorForWhichThreeWait, TakesThemInBeforeItClosesGracefully) {
  close(StopStage::Graceful);
  EXPECT_EQ(sockets.one.waiting(), 0U);
  EXPECT_EQ(queue.requests(), 3);
}

TEST_F(AnAcceptorForWhichThreeWait, TakesInNoMoreThanTheLimitAllows) {
  close(StopStage::Graceful, 2);
  EXPECT_EQ(sockets.one.waiting(), 1U);
}

TEST_F(AnAcceptorForWhichThreeWait, TakesThemInFromBehindAGateThatNeedNotBeHeldAnyMore) {
  acceptor.open(as.listener);
  arrive();
  accept();
  ASSERT_TRUE(acceptor.held());
  close(StopStage::Graceful);
  EXPECT_EQ(queue.requests(), 4);
}

TEST_F(AnAcceptorForWhichThreeWait, TakesInThoseBehindOneThatHasGone) {
  sockets.one.arrive_and_go(1);
  close(StopStage::Graceful);
  EXPECT_EQ(queue.requests(), 3);
}

TEST_F(AnAcceptorForWhichThreeWait, TakesInNobodyWhenTheEndIsForced) {
  close(StopStage::Forced);
  EXPECT_EQ(ledger.open(), 0);
}

TEST_F(AnAcceptorForWhichThreeWait, TakesInNobodyWhenItIsSick) {
  stopper.fall_sick();
  close(StopStage::Graceful);
  EXPECT_EQ(ledger.open(), 0);
}

TEST_F(AnAcceptor, ClosesGracefullyThoughSomebodyMoreWaitsEachTime) {
  sockets.one.arrive_and_go(std::numeric_limits<int>::max());
  idle_workers(1);
  acceptor.open(as.listener);
  stopper.raise(StopStage::Graceful);
  acceptor.close(as.listener, clock.now());
  EXPECT_EQ(sockets.closed, 1);
  EXPECT_LT(sockets.one.asked, 10'000);
}

}  // namespace
}  // namespace mpm
