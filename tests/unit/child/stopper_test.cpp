#include "child/stopper.hpp"

#include "child_parts.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using AStopper = ChildParts;

TEST_F(AStopper, RaisesTheStageAndWakesTheListenerAndMain) {
  stopper.raise(StopStage::Graceful);
  EXPECT_EQ(stopper.stage(), StopStage::Graceful);
  EXPECT_EQ(poller.wakes(), 1);
  EXPECT_EQ(summons.wait(as.main, StopStage::Graceful, {}).stage, StopStage::Running)
      << "a thread of the child woke it";
}

TEST_F(AStopper, WakesTheWorkers) {
  Bench bench;
  queue.enrol(as.worker, bench, clock.now());
  EXPECT_TRUE(std::holds_alternative<WorkQueue::Rest>(queue.take(as.worker, bench, clock.now())));
  std::thread asleep([&] { queue.rest(as.worker, bench); });
  stopper.raise(StopStage::Forced);
  asleep.join();
  EXPECT_TRUE(std::holds_alternative<WorkQueue::Retire>(queue.take(as.worker, bench, clock.now())));
}

TEST_F(AStopper, WakesNobodyForAStageThatHasBeenReached) {
  stopper.raise(StopStage::Forced);
  stopper.raise(StopStage::Graceful);
  stopper.raise(StopStage::Forced);
  EXPECT_EQ(poller.wakes(), 1);
  EXPECT_FALSE(stopper.sick());
}

TEST_F(AStopper, LeavesGracefullyWhenTheChildFallsSick) {
  stopper.fall_sick();
  EXPECT_TRUE(stopper.sick());
  EXPECT_EQ(stopper.stage(), StopStage::Graceful);
}

TEST_F(AStopper, RemembersASicknessThatComesDuringAForcedStop) {
  stopper.raise(StopStage::Forced);
  stopper.fall_sick();
  EXPECT_TRUE(stopper.sick());
  EXPECT_EQ(stopper.stage(), StopStage::Forced);
}

}  // namespace
}  // namespace mpm
