#include "mpm/policy/stop_stage.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mpm {
namespace {

TEST(AStopSwitch, IsRunningAtFirst) {
  const StopSwitch stop;
  EXPECT_EQ(stop.stage(), StopStage::Running);
  EXPECT_FALSE(stop.stopping());
}

TEST(AStopSwitch, RisesThroughItsStages) {
  StopSwitch stop;
  EXPECT_TRUE(stop.raise(StopStage::Graceful));
  EXPECT_TRUE(stop.stopping());
  EXPECT_TRUE(stop.raise(StopStage::Forced));
  EXPECT_EQ(stop.stage(), StopStage::Forced);
}

TEST(AStopSwitch, MaySkipAStage) {
  StopSwitch stop;
  EXPECT_TRUE(stop.raise(StopStage::Forced));
  EXPECT_EQ(stop.stage(), StopStage::Forced);
}

TEST(AStopSwitch, NeverFalls) {
  StopSwitch stop;
  stop.raise(StopStage::Forced);
  EXPECT_FALSE(stop.raise(StopStage::Graceful));
  EXPECT_FALSE(stop.raise(StopStage::Running));
  EXPECT_EQ(stop.stage(), StopStage::Forced);
}

TEST(AStopSwitch, TellsExactlyOneOfManyThatItRaisedTheStage) {
  for (int round = 0; round < 100; ++round) {
    StopSwitch stop;
    std::atomic<int> raised{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] { raised += stop.raise(StopStage::Graceful) ? 1 : 0; });
    }
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(raised, 1);
  }
}

}  // namespace
}  // namespace mpm
