#include "roster_parts.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;

// Work that waits although workers sleep, because those who run seem to be blocked.

TEST_F(ARoster, NeedsNoReliefWhileNobodySleeps) {
  worker();
  add();
  EXPECT_EQ(roster.relieve_at(), std::nullopt);
}

TEST_F(ARoster, NeedsNoReliefWhileNothingWaits) {
  sleeper();
  EXPECT_EQ(roster.relieve_at(), std::nullopt);
}

TEST_F(ARoster, NeedsReliefAQuantumAfterTheOldestWorkWasQueued) {
  sleeper();
  add(State::Lingering);
  const Instant queued = clock.now();
  clock.advance(100us);
  add();
  EXPECT_EQ(roster.relieve_at(), queued + ConcurrencyTarget::quantum);
}

TEST_F(ARoster, NeedsReliefNoEarlierThanAWorkerCountsAsBlocked) {
  sleeper();
  add();
  add();
  Bench& busy = worker();
  clock.advance(300us);
  take(busy);
  EXPECT_EQ(roster.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
}

TEST_F(ARoster, NeedsReliefForATimerToo) {
  sleeper();
  add_timer();
  EXPECT_EQ(roster.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
}

TEST_F(ARoster, CallsNobodyBeforeItIsTimeForRelief) {
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

TEST_F(ARoster, CallsTwoSleepersInPlaceOfEachWorkerThatIsFoundBlocked) {
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

TEST_F(ARoster, CallsNobodyInPlaceOfAWorkerThatWantsAProcessor) {
  sleeper();
  for (int i = 0; i < 4; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  wanting = {2, 3};
  clock.advance(9ms);
  EXPECT_EQ(relieve(), 0);
  EXPECT_EQ(roster.relieve_at(), clock.now() + ConcurrencyTarget::quantum) << "they are looked at again";
  wanting = {};
  clock.advance(ConcurrencyTarget::quantum);
  EXPECT_EQ(relieve(), 1);
}

TEST_F(ARoster, TakesNobodyForBlockedWhoHasGoneOnSinceItWasLookedAt) {
  sleeper();
  Bench& bench = worker();
  for (int i = 0; i < 3; ++i) add();
  take(bench);
  take(worker());
  clock.advance(ConcurrencyTarget::quantum);
  const Suspects suspects = roster.suspects(clock.now());
  EXPECT_EQ(suspects.size(), 2U);
  clock.advance(1us);
  take(bench);
  EXPECT_EQ(roster.judge(suspects, clock.now()), 1);
  EXPECT_FALSE(busy()) << "one of the two is blocked";
  worker();
  EXPECT_TRUE(busy()) << "the other one runs";
}

TEST_F(ARoster, NeedsNoReliefWhileSomebodyHasBeenCalledForAllThatWaits) {
  for (int i = 0; i < 2; ++i) sleeper();
  add();
  EXPECT_EQ(call_for_new_work(), 1);
  EXPECT_EQ(roster.relieve_at(), std::nullopt);
  add();
  add();
  EXPECT_NE(roster.relieve_at(), std::nullopt);
}

TEST_F(ARoster, MakesRoomBesideAWorkerThatComputesInAChildWithOneProcessor) {
  roster.share_among(2);
  for (int i = 0; i < 2; ++i) sleeper();
  for (int i = 0; i < 2; ++i) add();
  take(worker());
  wanting = {3};
  EXPECT_EQ(call_for_new_work(), 0);
  clock.advance(ConcurrencyTarget::quantum);
  EXPECT_EQ(relieve(), 1);
}

TEST_F(ARoster, DoesNotCountAWorkerThatHasComputedForLong) {
  for (int i = 0; i < 4; ++i) sleeper();
  for (int i = 0; i < 4; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  wanting = {5, 6};
  const Instant begun = clock.now();
  for (; clock.now() < begun + ConcurrencyTarget::patience; clock.advance(ConcurrencyTarget::quantum))
    EXPECT_EQ(relieve(), 0);
  EXPECT_EQ(relieve(), 2) << "as if nobody ran";
}

TEST_F(ARoster, FindsOneThatBlocksForLessThanAQuantumByASample) {
  for (int i = 0; i < 4; ++i) sleeper();
  for (int i = 0; i < 6; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  EXPECT_EQ(relieve(), 2) << "two in place of the one that was looked at";
  EXPECT_EQ(relieve(), 0) << "one sample at a time";
  clock.advance(ConcurrencyTarget::quantum - 1us);
  EXPECT_EQ(roster.suspects(clock.now()).size(), 0U);
}

TEST_F(ARoster, SamplesNoWorkerThatHasOnlyBeenCalled) {
  for (int i = 0; i < 2; ++i) sleeper();
  for (int i = 0; i < 4; ++i) add();
  EXPECT_EQ(call_for_new_work(), 2);
  sleeper();
  EXPECT_EQ(roster.suspects(clock.now()).size(), 0U);
}

TEST_F(ARoster, LeavesAWorkerThatASampleFoundAtWorkAsItIs) {
  roster.share_among(2);
  for (int i = 0; i < 2; ++i) sleeper();
  for (int i = 0; i < 3; ++i) add();
  take(worker());
  wanting = {3};
  EXPECT_EQ(relieve(), 0);
  EXPECT_EQ(call_for_new_work(), 0) << "it does not compute yet";
}

TEST_F(ARoster, IsBusyUntilTheNextLookAlsoWhileNobodySleeps) {
  roster.share_among(2);
  add();
  add();
  take(worker());
  EXPECT_TRUE(busy());
  clock.advance(900us);
  EXPECT_EQ(roster.busy_for(1h, clock.now()), 100us) << "then there may be room beside it";
}

TEST_F(ARoster, IsBusyWhileEveryProcessorHasAWorkerToRun) {
  EXPECT_FALSE(busy());
  worker();
  EXPECT_FALSE(busy());
  Bench& second = worker();
  EXPECT_TRUE(busy());
  roster.rest(second);
  EXPECT_FALSE(busy());
}

TEST_F(ARoster, IsBusyWithTheirShareOfTheProcessorsWhileRequestsComeInQuickSuccession) {
  roster.share_among(2);
  worker();
  EXPECT_FALSE(busy());
  EXPECT_EQ(roster.busy_for(0us, clock.now()), ConcurrencyTarget::quantum);
}

TEST_F(ARoster, IsNotBusyWithWorkersThatAreBlocked) {
  for (int i = 0; i < 2; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  clock.advance(ConcurrencyTarget::quantum - 1us);
  EXPECT_TRUE(busy()) << "nobody has looked yet";
  clock.advance(1us);
  relieve();
  EXPECT_FALSE(busy());
}

TEST_F(ARoster, IsBusyForAQuantumSinceOneTookItsWork) {
  for (int i = 0; i < 2; ++i) add();
  for (int i = 0; i < 2; ++i) take(worker());
  clock.advance(300us);
  EXPECT_EQ(roster.busy_for(1h, clock.now()), ConcurrencyTarget::quantum - 300us);
  clock.advance(1h);
  EXPECT_EQ(roster.busy_for(1h, clock.now()), 0us) << "the look is overdue";
}

TEST_F(ARoster, FindsAtMostSixteenSuspectsAtATime) {
  for (int i = 0; i < 20; ++i) add();
  for (int i = 0; i < 20; ++i) take(worker());
  clock.advance(ConcurrencyTarget::quantum);
  const Suspects first = roster.suspects(clock.now());
  EXPECT_TRUE(first.full());
  EXPECT_EQ(roster.judge(first, clock.now()), 16);
  EXPECT_EQ(roster.suspects(clock.now()).size(), 4U);
}

TEST_F(ARoster, CountsTheTimeATimerHasWaitedFromItsOwnBeginning) {
  Bench& bench = worker();
  add_timer();
  clock.advance(300us);
  add_timer();
  EXPECT_TRUE(took_a_timer(bench));
  roster.leave(bench);
  benches.pop_back();
  sleeper();
  EXPECT_EQ(roster.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
}

TEST_F(ARoster, NotesWhenAConnectionWasTaken) {
  add();
  clock.advance(7us);
  take(worker());
  EXPECT_EQ(std::get<ConnectionPtr>(*last)->taken, clock.now());
}

TEST_F(ARoster, HasANewTimeForReliefAfterEachSoThatTheListenerDoesNotSpin) {
  for (int i = 0; i < 100; ++i) sleeper();
  for (int i = 0; i < 100; ++i) add();
  for (int round = 0; round < 20 && roster.relieve_at(); ++round) {
    clock.advance(*roster.relieve_at() - clock.now());
    relieve();
    const std::optional<Instant> next = roster.relieve_at();
    if (next) {
      EXPECT_GT(*next, clock.now());
    }
  }
}

}  // namespace
}  // namespace mpm
