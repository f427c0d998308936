#include "child/timers.hpp"

#include "child_parts.hpp"

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

struct TimersOfAChild : ChildParts {
  void add(Duration after) {
    timers.add(std::make_unique<Timer>(
                   +[](void*) {}, nullptr),
               clock.now() + after);
  }
};

TEST_F(TimersOfAChild, ArrangeForTheListenerToWakeInTime) {
  EXPECT_EQ(timers.next(as.listener), std::nullopt);
  add(3s);
  add(1s);
  EXPECT_EQ(timers.next(as.listener), clock.now() + 1s);
}

TEST_F(TimersOfAChild, WakeTheListenerWhenItWouldOversleep) {
  add(3s);
  EXPECT_EQ(poller.wakes(), 1);
  add(4s);
  EXPECT_EQ(poller.wakes(), 1) << "it wakes before that anyway";
  add(1s);
  EXPECT_EQ(poller.wakes(), 2);
}

TEST_F(TimersOfAChild, AreHandedOutWhenDueAndNeverBefore) {
  add(1s);
  clock.advance(1s - 1us);
  EXPECT_EQ(timers.due(as.listener, clock.now()), nullptr);
  clock.advance(1us);
  EXPECT_NE(timers.due(as.listener, clock.now()), nullptr);
  EXPECT_EQ(timers.due(as.listener, clock.now()), nullptr);
}

TEST_F(TimersOfAChild, AreDueAtOnceWhenTheirTimeIsPast) {
  add(-1s);
  EXPECT_NE(timers.due(as.listener, clock.now()), nullptr);
}

}  // namespace
}  // namespace mpm
