#include "mpm/policy/concurrency.hpp"

#include "unit/policy/noon.hpp"

#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using Scene = ConcurrencyTarget::Scene;

/// How many workers run if work never ends and is taken up all the time.
int target_of(const ConcurrencyTarget& target, Instant now) {
  return target.to_wake({.waiting = 1000, .running = 0, .aside = 0, .sleeping = 1000}, now);
}

TEST(ConcurrencyTarget, IsTheNumberOfProcessorsAtFirst) {
  EXPECT_EQ(target_of(ConcurrencyTarget(8), noon), 8);
}

TEST(ConcurrencyTarget, IsAtLeastTwo) {
  EXPECT_EQ(target_of(ConcurrencyTarget(1), noon), 2);
  EXPECT_EQ(target_of(ConcurrencyTarget(0), noon), 2);
  EXPECT_EQ(target_of(ConcurrencyTarget(-1), noon), 2);
}

TEST(TheProcessors, AreSharedByTheChildren) {
  const auto share = [](int processors, int children) {
    ConcurrencyTarget target(processors);
    target.share_among(children);
    return target_of(target, noon);
  };
  EXPECT_EQ(share(8, 1), 8);
  EXPECT_EQ(share(8, 2), 4);
  EXPECT_EQ(share(8, 3), 3) << "rounded up";
  EXPECT_EQ(share(2, 100), 1) << "each child has one worker";
  EXPECT_EQ(share(2, 0), 2) << "the scoreboard does not show this child";
}

TEST(TheProcessors, LeaveRoomBesideThoseThatCompute) {
  ConcurrencyTarget four(4);
  four.share_among(4);
  Scene scene{.waiting = 10, .running = 1, .computing = 0, .aside = 0, .sleeping = 10};
  EXPECT_EQ(four.to_wake(scene, noon), 0);
  scene.computing = 1;
  EXPECT_EQ(four.to_wake(scene, noon), 1);
  scene.running = scene.computing = 4;
  EXPECT_EQ(four.to_wake(scene, noon), 0) << "there are no more";
}

TEST(TheProcessors, AreTakenOneByOneFromOtherChildrenWhileWorkWaitsTooLong) {
  ConcurrencyTarget four(4);
  four.share_among(4);
  Scene scene{.waiting = 10, .running = 1, .aside = 0, .sleeping = 10, .waited = 9999us};
  EXPECT_EQ(four.relieve(scene, 0, noon), 0);
  scene.waited = ConcurrencyTarget::patience;
  EXPECT_EQ(four.relieve(scene, 0, noon), 1);
  EXPECT_EQ(four.relieve(scene, 0, noon + 9999us), 0) << "one each time";
  EXPECT_EQ(four.relieve(scene, 0, noon + 10ms), 1);
  scene.running = 4;
  EXPECT_EQ(four.relieve(scene, 0, noon + 1s), 0) << "there are no more";
}

TEST(NewWork, WakesOneSleeperForOnePiece) {
  const ConcurrencyTarget two(2);
  EXPECT_EQ(two.to_wake({.waiting = 1, .running = 0, .aside = 0, .sleeping = 10}, noon), 1);
}

TEST(NewWork, WakesNoMoreThanTheTarget) {
  const ConcurrencyTarget two(2);
  EXPECT_EQ(two.to_wake({.waiting = 50, .running = 0, .aside = 0, .sleeping = 60}, noon), 2);
  EXPECT_EQ(two.to_wake({.waiting = 50, .running = 1, .aside = 0, .sleeping = 60}, noon), 1);
}

TEST(NewWork, WakesNobodyWhileEnoughRun) {
  const ConcurrencyTarget two(2);
  EXPECT_EQ(two.to_wake({.waiting = 50, .running = 2, .aside = 0, .sleeping = 60}, noon), 0);
  EXPECT_EQ(two.to_wake({.waiting = 50, .running = 7, .aside = 0, .sleeping = 60}, noon), 0);
}

TEST(NewWork, WakesNoMoreThanSleep) {
  const ConcurrencyTarget eight(8);
  EXPECT_EQ(eight.to_wake({.waiting = 5, .running = 0, .aside = 0, .sleeping = 3}, noon), 3);
  EXPECT_EQ(eight.to_wake({.waiting = 5, .running = 0, .aside = 0, .sleeping = 0}, noon), 0);
}

TEST(NewWork, DoesNotCountThoseAsideAsRunning) {
  const ConcurrencyTarget two(2);
  EXPECT_EQ(two.to_wake({.waiting = 1, .running = 0, .aside = 30, .sleeping = 5}, noon), 1);
}

TEST(WorkThatHasWaited, IsNoStallWhileSomebodyRunsOrForLessThanAQuantum) {
  ConcurrencyTarget two(2);
  const Scene one_runs{.waiting = 10, .running = 1, .aside = 1, .sleeping = 60, .waited = 1ms};
  EXPECT_EQ(two.relieve(one_runs, 0, noon), 1) << "in place of the one that blocked";
  const Scene too_early{.waiting = 62, .running = 0, .aside = 2, .sleeping = 62, .waited = 999us};
  EXPECT_EQ(two.relieve(too_early, 0, noon), 2);
  EXPECT_EQ(target_of(two, noon), 2);
}

TEST(WorkThatHasWaited, WakesTwoForEachThatIsFoundBlocked) {
  ConcurrencyTarget two(2);
  EXPECT_EQ(two.relieve({.waiting = 10, .running = 1, .aside = 8, .sleeping = 60}, 3, noon), 6);
  EXPECT_EQ(two.relieve({.waiting = 5, .running = 1, .aside = 8, .sleeping = 60}, 3, noon), 5);
  EXPECT_EQ(two.relieve({.waiting = 10, .running = 1, .aside = 8, .sleeping = 4}, 3, noon), 4);
}

TEST(AStall, RaisesNothingWhenNobodySleeps) {
  ConcurrencyTarget two(2);
  EXPECT_EQ(two.relieve({.waiting = 1000, .running = 0, .aside = 64, .sleeping = 0, .waited = 1s}, 0, noon),
            0);
  EXPECT_EQ(target_of(two, noon), 2);
}

TEST(Workers, MayLookThemselvesWhenEachProcessorHasOne) {
  const ConcurrencyTarget four(4);
  EXPECT_FALSE(four.may_look_themselves({.waiting = 0, .running = 3, .aside = 9, .sleeping = 9}, 1h, noon));
  EXPECT_TRUE(four.may_look_themselves({.waiting = 0, .running = 4, .aside = 9, .sleeping = 9}, 1h, noon));
  EXPECT_TRUE(four.may_look_themselves({.waiting = 0, .running = 5, .aside = 9, .sleeping = 9}, 1h, noon));
}

TEST(Workers, MayLookThemselvesWhenTheShareIsReachedAndWorkWaits) {
  ConcurrencyTarget four(4);
  four.share_among(2);
  EXPECT_FALSE(four.may_look_themselves({.waiting = 0, .running = 2, .aside = 0, .sleeping = 9}, 1h, noon));
  EXPECT_TRUE(four.may_look_themselves({.waiting = 1, .running = 2, .aside = 0, .sleeping = 9}, 1h, noon));
  EXPECT_FALSE(four.may_look_themselves({.waiting = 1, .running = 1, .aside = 0, .sleeping = 9}, 1h, noon));
}

TEST(Workers, MayLookThemselvesWhenTheShareIsReachedAndRequestsComeInQuickSuccession) {
  constexpr Duration quick = ConcurrencyTarget::quick - 1us;
  ConcurrencyTarget four(4);
  four.share_among(2);
  const ConcurrencyTarget::Scene two_run{.waiting = 0, .running = 2, .aside = 0, .sleeping = 9};
  EXPECT_TRUE(four.may_look_themselves(two_run, quick, noon));
  EXPECT_FALSE(four.may_look_themselves(two_run, ConcurrencyTarget::quick, noon));
  const ConcurrencyTarget::Scene one_blocks{.waiting = 0, .running = 2, .aside = 1, .sleeping = 9};
  EXPECT_FALSE(four.may_look_themselves(one_blocks, quick, noon)) << "others may need another worker at once";
  EXPECT_FALSE(
      four.may_look_themselves({.waiting = 0, .running = 1, .aside = 0, .sleeping = 9}, quick, noon));
}

TEST(AStall, WakesEnoughForTheWholeBacklog) {
  ConcurrencyTarget two(2);
  EXPECT_EQ(two.relieve({.waiting = 62, .running = 0, .aside = 2, .sleeping = 62, .waited = 1ms}, 0, noon),
            62);
}

TEST(AStall, WakesNoMoreThanSleep) {
  ConcurrencyTarget two(2);
  EXPECT_EQ(two.relieve({.waiting = 100, .running = 0, .aside = 2, .sleeping = 62, .waited = 1ms}, 0, noon),
            62);
}

TEST(AStall, RaisesTheTargetSoThatTheNextWaveFindsItHigh) {
  ConcurrencyTarget two(2);
  two.relieve({.waiting = 62, .running = 0, .aside = 2, .sleeping = 62, .waited = 1ms}, 0, noon);
  EXPECT_EQ(target_of(two, noon), 64);
  EXPECT_EQ(two.to_wake({.waiting = 64, .running = 0, .aside = 0, .sleeping = 64}, noon + 50ms), 64);
}

TEST(AStall, MakesRoomForMoreThanTheProcessors) {
  ConcurrencyTarget two(2);
  two.relieve({.waiting = 62, .running = 0, .aside = 2, .sleeping = 62, .waited = 1ms}, 0, noon);
  EXPECT_FALSE(two.may_look_themselves({.waiting = 0, .running = 63, .aside = 0, .sleeping = 1}, 1h, noon));
  EXPECT_TRUE(two.may_look_themselves({.waiting = 0, .running = 64, .aside = 0, .sleeping = 0}, 1h, noon));
}

TEST(AStall, NeverLowersTheTarget) {
  ConcurrencyTarget two(2);
  two.relieve({.waiting = 62, .running = 0, .aside = 2, .sleeping = 62, .waited = 1ms}, 0, noon);
  two.relieve({.waiting = 1, .running = 0, .aside = 3, .sleeping = 60, .waited = 1ms}, 0, noon + 1ms);
  EXPECT_EQ(target_of(two, noon + 1ms), 64);
}

TEST(ARaisedTarget, FallsByHalfEachDecayTime) {
  ConcurrencyTarget two(2);
  two.relieve({.waiting = 62, .running = 0, .aside = 2, .sleeping = 62, .waited = 1ms}, 0, noon);
  EXPECT_EQ(target_of(two, noon + 99ms), 64);
  EXPECT_EQ(target_of(two, noon + 100ms), 32);
  EXPECT_EQ(target_of(two, noon + 200ms), 16);
}

TEST(ARaisedTarget, EndsAtTheProcessors) {
  ConcurrencyTarget four(4);
  four.relieve({.waiting = 62, .running = 0, .aside = 2, .sleeping = 62, .waited = 1ms}, 0, noon);
  EXPECT_EQ(target_of(four, noon + 400ms), 4);
  EXPECT_EQ(target_of(four, noon + 24h), 4);
  EXPECT_EQ(target_of(four, Instant::max()), 4);
}

// Callers read the clock before they wait for the lock: one that was preempted in between comes with an old
// time.
TEST(ARaisedTarget, IsNotLessForACallerWhoseClockReadingIsOld) {
  ConcurrencyTarget two(2);
  two.relieve({.waiting = 62, .running = 0, .aside = 2, .sleeping = 62, .waited = 1ms}, 0, noon);
  EXPECT_EQ(target_of(two, noon - 1ms), 64);
  EXPECT_EQ(target_of(two, noon - 10s), 64);
}

}  // namespace
}  // namespace mpm
