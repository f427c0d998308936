#include "lanes_parts.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;

// Workers that have no threads yet.

struct LanesWithAReserve : LanesOfWork {
  struct Called {
    int sleepers;
    bool recruits;
  };
  Called call_for_new_work() {
    Calls calls;
    const int before = lanes.sleeping();
    lanes.call_for_new_work(clock.now(), calls);
    return {before - lanes.sleeping(), calls.for_recruits()};
  }
  int draft(int ahead = 0) { return lanes.draft(ahead, clock.now()); }
  /// Nobody of the reserve is left who could be called.
  bool exhausted() {
    const int before = lanes.idle();
    const int drafted = draft(1);
    lanes.lose(drafted);
    return lanes.idle() == before && drafted == 0;
  }
};

TEST_F(LanesWithAReserve, CountItAsIdle) {
  sleeper();
  lanes.reserve(3);
  EXPECT_EQ(lanes.idle(), 4);
  add();
  EXPECT_EQ(lanes.idle(), 3);
}

TEST_F(LanesWithAReserve, CallSleepersFirst) {
  sleeper();
  lanes.reserve(3);
  add();
  const auto [sleepers, recruits] = call_for_new_work();
  EXPECT_EQ(sleepers, 1);
  EXPECT_FALSE(recruits);
}

TEST_F(LanesWithAReserve, CallItForWorkThatNoSleeperIsThereFor) {
  sleeper();
  lanes.reserve(3);
  for (int i = 0; i < 2; ++i) add();
  const auto [sleepers, recruits] = call_for_new_work();
  EXPECT_EQ(sleepers, 1);
  EXPECT_TRUE(recruits);
  EXPECT_EQ(draft(), 1);
}

TEST_F(LanesWithAReserve, CallNoMoreOfItThanShouldRun) {
  lanes.reserve(9);
  for (int i = 0; i < 9; ++i) add();
  EXPECT_TRUE(call_for_new_work().recruits);
  EXPECT_EQ(draft(), 2) << "there are two processors";
  EXPECT_FALSE(call_for_new_work().recruits) << "they are on their way";
  EXPECT_EQ(draft(), 0);
}

TEST_F(LanesWithAReserve, DraftWhoWasCalledAndSomeAhead) {
  lanes.reserve(9);
  add();
  call_for_new_work();
  EXPECT_EQ(draft(3), 4);
  EXPECT_EQ(lanes.idle(), 8);
}

TEST_F(LanesWithAReserve, DraftNoMoreThanThereAre) {
  lanes.reserve(2);
  EXPECT_EQ(draft(3), 2);
  EXPECT_EQ(draft(3), 0);
}

TEST_F(LanesWithAReserve, AwaitWhoWasDraftedUntilHeEnrols) {
  lanes.reserve(1);
  add();
  call_for_new_work();
  EXPECT_EQ(draft(), 1);
  EXPECT_TRUE(lanes.relieve_at()) << "it may be in vain";
  Bench& bench = worker();
  EXPECT_EQ(lanes.idle(), 0) << "it has come, and work waits";
  EXPECT_NE(take(bench), nullptr);
}

TEST_F(LanesWithAReserve, HandItAStall) {
  lanes.reserve(5);
  for (int i = 0; i < 2; ++i) {
    add();
    take(worker());
  }
  for (int i = 0; i < 5; ++i) add();
  clock.advance(ConcurrencyTarget::quantum);
  relieve();
  EXPECT_EQ(draft(), 5);
}

TEST_F(LanesWithAReserve, LookAgainAQuantumLaterWhileSomebodyIsAwaited) {
  lanes.reserve(5);
  for (int i = 0; i < 5; ++i) add();
  call_for_new_work();
  EXPECT_EQ(lanes.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
  clock.advance(ConcurrencyTarget::quantum);
  relieve();
  EXPECT_EQ(lanes.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
}

TEST_F(LanesWithAReserve, HaveNoneLeftWhenOneCannotBeStarted) {
  lanes.reserve(5);
  add();
  call_for_new_work();
  lanes.lose(draft());
  EXPECT_EQ(lanes.idle(), 0);
  EXPECT_TRUE(exhausted());
  EXPECT_EQ(lanes.relieve_at(), std::nullopt);
}

TEST_F(LanesWithAReserve, CallASleeperInPlaceOfThoseThatCannotBeStarted) {
  lanes.reserve(2);
  Bench& bench = worker();
  add();
  add();
  call_for_new_work();
  const int drafted = draft();
  EXPECT_EQ(drafted, 1) << "one runs already";
  take(bench);
  take(bench);
  lanes.rest(bench);
  add();
  EXPECT_EQ(call_for_new_work().sleepers, 0) << "one is coming";
  lanes.lose(drafted);
  clock.advance(ConcurrencyTarget::quantum);
  EXPECT_EQ(relieve(), 1);
}

TEST_F(LanesWithAReserve, CallSleepersWhateverIsDraftedAheadOfNeed) {
  sleeper();
  lanes.reserve(5);
  EXPECT_EQ(draft(5), 5);
  EXPECT_EQ(lanes.idle(), 6);
  add();
  EXPECT_EQ(call_for_new_work().sleepers, 1);
}

TEST_F(LanesWithAReserve, CallSleepersAlthoughTheMainThreadHasNotHeardOfAnEarlierCall) {
  lanes.reserve(5);
  Bench& bench = worker();
  add();
  add();
  EXPECT_TRUE(call_for_new_work().recruits);
  take(bench);
  take(bench);
  lanes.rest(bench);
  EXPECT_EQ(lanes.idle(), 6);
  add();
  EXPECT_EQ(call_for_new_work().sleepers, 1);
  EXPECT_EQ(draft(), 0) << "somebody else has done the work";
}

TEST_F(LanesWithAReserve, CallNobodyInItWithoutWork) {
  lanes.reserve(5);
  sleeper();
  Calls calls;
  lanes.call(9, clock.now(), calls);
  EXPECT_FALSE(calls.for_recruits());
  EXPECT_EQ(draft(), 0);
}

TEST_F(LanesWithAReserve, AreCalmWhileNothingWaitsAndNobodyRuns) {
  lanes.reserve(5);
  EXPECT_TRUE(lanes.calm());
  add();
  EXPECT_FALSE(lanes.calm());
  Bench& bench = sleeper();
  take(bench);
  EXPECT_FALSE(lanes.calm());
  lanes.rest(bench);
  EXPECT_TRUE(lanes.calm());
}

}  // namespace
}  // namespace mpm
