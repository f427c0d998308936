#include "lanes_parts.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;

// Work that waits although workers sleep, because those who run seem to be blocked.

TEST_F(LanesOfWork, NeedNoReliefWhileNobodySleeps) {
  worker();
  add();
  EXPECT_EQ(lanes.relieve_at(), std::nullopt);
}

TEST_F(LanesOfWork, NeedNoReliefWhileNothingWaits) {
  sleeper();
  EXPECT_EQ(lanes.relieve_at(), std::nullopt);
}

TEST_F(LanesOfWork, NeedReliefAQuantumAfterTheOldestWorkWasQueued) {
  sleeper();
  add(State::Lingering);
  const Instant queued = clock.now();
  clock.advance(100us);
  add();
  EXPECT_EQ(lanes.relieve_at(), queued + ConcurrencyTarget::quantum);
}

TEST_F(LanesOfWork, NeedReliefNoEarlierThanAWorkerCountsAsBlocked) {
  sleeper();
  add();
  add();
  Bench& busy = worker();
  clock.advance(300us);
  take(busy);
  EXPECT_EQ(lanes.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
}

TEST_F(LanesOfWork, NeedReliefForATimerToo) {
  sleeper();
  add_timer();
  EXPECT_EQ(lanes.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
}

TEST_F(LanesOfWork, CallNobodyBeforeItIsTimeForRelief) {
  sleeper();
  for (int i = 0; i < 3; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  clock.advance(ConcurrencyTarget::quantum - 1us);
  wanting = {2, 3};
  EXPECT_EQ(relieve(), 0);
  clock.advance(1us);
  wanting = {};
  EXPECT_EQ(relieve(), 1);
}

TEST_F(LanesOfWork, CallTwoSleepersInPlaceOfEachWorkerThatIsFoundBlocked) {
  for (int i = 0; i < 4; ++i) sleeper();
  for (int i = 0; i < 5; ++i) add();
  Bench& blocked = worker();
  take(blocked);
  clock.advance(ConcurrencyTarget::quantum);
  Bench& running = worker();
  take(running);
  EXPECT_EQ(relieve(), 2);
  EXPECT_EQ(relieve(), 0) << "it was found once";
}

TEST_F(LanesOfWork, CallNobodyInPlaceOfAWorkerThatWantsAProcessor) {
  sleeper();
  for (int i = 0; i < 4; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  wanting = {2, 3};
  clock.advance(9ms);
  EXPECT_EQ(relieve(), 0);
  EXPECT_EQ(lanes.relieve_at(), clock.now() + ConcurrencyTarget::quantum) << "they are looked at again";
  wanting = {};
  clock.advance(ConcurrencyTarget::quantum);
  EXPECT_EQ(relieve(), 1);
}

TEST_F(LanesOfWork, TakeNobodyForBlockedWhoHasGoneOnSinceItWasLookedAt) {
  sleeper();
  Bench& bench = worker();
  for (int i = 0; i < 3; ++i) add();
  take(bench);
  take(worker());
  clock.advance(ConcurrencyTarget::quantum);
  const Suspects suspects = lanes.suspects(clock.now());
  EXPECT_EQ(suspects.size(), 2U);
  clock.advance(1us);
  take(bench);
  EXPECT_EQ(lanes.judge(suspects, clock.now()), 1);
  EXPECT_FALSE(busy()) << "one of the two is blocked";
  worker();
  EXPECT_TRUE(busy()) << "the other one runs";
}

TEST_F(LanesOfWork, NeedNoReliefWhileSomebodyHasBeenCalledForAllThatWaits) {
  for (int i = 0; i < 2; ++i) sleeper();
  add();
  EXPECT_EQ(call_for_new_work(), 1);
  EXPECT_EQ(lanes.relieve_at(), std::nullopt);
  add();
  add();
  EXPECT_NE(lanes.relieve_at(), std::nullopt);
}

TEST_F(LanesOfWork, MakeRoomBesideAWorkerThatComputesInAChildWithOneProcessor) {
  lanes.share_among(2);
  for (int i = 0; i < 2; ++i) sleeper();
  for (int i = 0; i < 2; ++i) add();
  take(worker());
  wanting = {3};
  EXPECT_EQ(call_for_new_work(), 0);
  clock.advance(ConcurrencyTarget::quantum);
  EXPECT_EQ(relieve(), 1);
}

TEST_F(LanesOfWork, DoNotCountAWorkerThatHasComputedForLong) {
  for (int i = 0; i < 4; ++i) sleeper();
  for (int i = 0; i < 4; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  wanting = {5, 6};
  const Instant begun = clock.now();
  for (; clock.now() < begun + ConcurrencyTarget::patience; clock.advance(ConcurrencyTarget::quantum))
    EXPECT_EQ(relieve(), 0);
  EXPECT_EQ(relieve(), 2) << "as if nobody ran";
}

TEST_F(LanesOfWork, FindOneThatBlocksForLessThanAQuantumByASample) {
  for (int i = 0; i < 4; ++i) sleeper();
  for (int i = 0; i < 6; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  EXPECT_EQ(relieve(), 2) << "two in place of the one that was looked at";
  EXPECT_EQ(relieve(), 0) << "one sample at a time";
  clock.advance(ConcurrencyTarget::quantum - 1us);
  EXPECT_EQ(lanes.suspects(clock.now()).size(), 0U);
}

TEST_F(LanesOfWork, SampleNoWorkerThatHasOnlyBeenCalled) {
  for (int i = 0; i < 2; ++i) sleeper();
  for (int i = 0; i < 4; ++i) add();
  EXPECT_EQ(call_for_new_work(), 2);
  sleeper();
  EXPECT_EQ(lanes.suspects(clock.now()).size(), 0U);
}

TEST_F(LanesOfWork, LeaveAWorkerThatASampleFoundAtWorkAsItIs) {
  lanes.share_among(2);
  for (int i = 0; i < 2; ++i) sleeper();
  for (int i = 0; i < 3; ++i) add();
  take(worker());
  wanting = {3};
  EXPECT_EQ(relieve(), 0);
  EXPECT_EQ(call_for_new_work(), 0) << "it does not compute yet";
}

TEST_F(LanesOfWork, AreBusyUntilTheNextLookAlsoWhileNobodySleeps) {
  lanes.share_among(2);
  add();
  add();
  take(worker());
  EXPECT_TRUE(busy());
  clock.advance(900us);
  EXPECT_EQ(lanes.busy_for(1h, clock.now()), 100us) << "then there may be room beside it";
}

TEST_F(LanesOfWork, AreBusyWhileEveryProcessorHasAWorkerToRun) {
  EXPECT_FALSE(busy());
  worker();
  EXPECT_FALSE(busy());
  Bench& second = worker();
  EXPECT_TRUE(busy());
  lanes.rest(second);
  EXPECT_FALSE(busy());
}

TEST_F(LanesOfWork, AreBusyWithTheirShareOfTheProcessorsWhileRequestsComeInQuickSuccession) {
  lanes.share_among(2);
  worker();
  EXPECT_FALSE(busy());
  EXPECT_EQ(lanes.busy_for(0us, clock.now()), ConcurrencyTarget::quantum);
}

TEST_F(LanesOfWork, AreNotBusyWithWorkersThatAreBlocked) {
  for (int i = 0; i < 2; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  clock.advance(ConcurrencyTarget::quantum - 1us);
  EXPECT_TRUE(busy()) << "nobody has looked yet";
  clock.advance(1us);
  relieve();
  EXPECT_FALSE(busy());
}

TEST_F(LanesOfWork, AreBusyForAQuantumSinceOneTookItsWork) {
  for (int i = 0; i < 2; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  clock.advance(300us);
  EXPECT_EQ(lanes.busy_for(1h, clock.now()), ConcurrencyTarget::quantum - 300us);
  clock.advance(1h);
  EXPECT_EQ(lanes.busy_for(1h, clock.now()), 0us) << "the look is overdue";
}

TEST_F(LanesOfWork, FindAtMostSixteenSuspectsAtATime) {
  for (int i = 0; i < 20; ++i) add();
  for (int i = 0; i < 20; ++i) take(worker());
  clock.advance(ConcurrencyTarget::quantum);
  const Suspects first = lanes.suspects(clock.now());
  EXPECT_TRUE(first.full());
  EXPECT_EQ(lanes.judge(first, clock.now()), 16);
  EXPECT_EQ(lanes.suspects(clock.now()).size(), 4U);
}

TEST_F(LanesOfWork, CountTheTimeATimerHasWaitedFromItsOwnBeginning) {
  Bench& bench = worker();
  add_timer();
  clock.advance(300us);
  add_timer();
  EXPECT_TRUE(took_a_timer(bench));
  lanes.leave(bench);
  benches.pop_back();
  sleeper();
  EXPECT_EQ(lanes.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
}

TEST_F(LanesOfWork, NoteWhenAConnectionWasTaken) {
  add();
  clock.advance(7us);
  take(worker());
  EXPECT_EQ(std::get<ConnectionPtr>(*last)->taken, clock.now());
}

TEST_F(LanesOfWork, HaveANewTimeForReliefAfterEachSoThatTheListenerDoesNotSpin) {
  for (int i = 0; i < 100; ++i) sleeper();
  for (int i = 0; i < 100; ++i) add();
  for (int round = 0; round < 20 && lanes.relieve_at(); ++round) {
    clock.advance(*lanes.relieve_at() - clock.now());
    relieve();
    const std::optional<Instant> next = lanes.relieve_at();
    if (next) {
      EXPECT_GT(*next, clock.now());
    }
  }
}

}  // namespace
}  // namespace mpm
