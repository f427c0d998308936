#include "mpm/policy/timeout_plan.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

TEST(ATimeoutPlan, HasNoQueuesAtFirst) { EXPECT_EQ(TimeoutPlan{}.queues(), 0U); }

TEST(ATimeoutPlan, HasOneQueueForEqualTimeouts) {
  TimeoutPlan plan;
  EXPECT_EQ(plan.number_for(5s), plan.number_for(5000ms));
  EXPECT_EQ(plan.queues(), 1U);
}

TEST(ATimeoutPlan, HasAQueueForEachDifferentTimeout) {
  TimeoutPlan plan;
  const QueueNumber five = plan.number_for(5s);
  const QueueNumber sixty = plan.number_for(60s);
  EXPECT_NE(five, sixty);
  EXPECT_EQ(plan.queues(), 2U);
  EXPECT_EQ(plan.timeout(five), 5s);
  EXPECT_EQ(plan.timeout(sixty), 60s);
}

TEST(ATimeoutPlan, KeepsAQueuesNumberWhenItGrows) {
  TimeoutPlan plan;
  const QueueNumber five = plan.number_for(5s);
  plan.number_for(60s);
  plan.number_for(300s);
  EXPECT_EQ(plan.number_for(5s), five);
}

TEST(ATimeoutPlan, KeepsDeadlinesBeforeTheEndOfTime) {
  TimeoutPlan plan;
  EXPECT_EQ(plan.timeout(plan.number_for(Duration::max())), TimeoutPlan::longest);
}

}  // namespace
}  // namespace mpm
