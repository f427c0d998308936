#include "roster_parts.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;

// Workers that have no threads yet.

struct ARosterWithAReserve : ARoster {
  struct Called {
    int sleepers;
    bool recruits;
  };
  Called call_for_new_work() {
    Calls calls;
    const int before = roster.sleeping();
    roster.call_for_new_work(clock.now(), calls);
    return {before - roster.sleeping(), calls.for_recruits()};
  }
  int draft(int ahead = 0) { return roster.draft(ahead, clock.now()); }
  /// Nobody of the reserve is left who could be called.
  bool exhausted() {
    const int before = roster.idle();
    const int drafted = draft(1);
    roster.lose(drafted);
    return roster.idle() == before && drafted == 0;
  }
};

TEST_F(ARosterWithAReserve, CountsItAsIdle) {
  sleeper();
  roster.reserve(3);
  EXPECT_EQ(roster.idle(), 4);
  add();
  EXPECT_EQ(roster.idle(), 3);
}

TEST_F(ARosterWithAReserve, CallsSleepersFirst) {
  sleeper();
  roster.reserve(3);
  add();
  const auto [sleepers, recruits] = call_for_new_work();
  EXPECT_EQ(sleepers, 1);
  EXPECT_FALSE(recruits);
}

TEST_F(ARosterWithAReserve, CallsItForWorkThatNoSleeperIsThereFor) {
  sleeper();
  roster.reserve(3);
  for (int i = 0; i < 2; ++i) add();
  const auto [sleepers, recruits] = call_for_new_work();
  EXPECT_EQ(sleepers, 1);
  EXPECT_TRUE(recruits);
  EXPECT_EQ(draft(), 1);
}

TEST_F(ARosterWithAReserve, CallsNoMoreOfItThanShouldRun) {
  roster.reserve(9);
  for (int i = 0; i < 9; ++i) add();
  EXPECT_TRUE(call_for_new_work().recruits);
  EXPECT_EQ(draft(), 2) << "there are two processors";
  EXPECT_FALSE(call_for_new_work().recruits) << "they are on their way";
  EXPECT_EQ(draft(), 0);
}

TEST_F(ARosterWithAReserve, DraftsWhoWasCalledAndSomeAhead) {
  roster.reserve(9);
  add();
  call_for_new_work();
  EXPECT_EQ(draft(3), 4);
  EXPECT_EQ(roster.idle(), 8);
}

TEST_F(ARosterWithAReserve, DraftsNoMoreThanThereAre) {
  roster.reserve(2);
  EXPECT_EQ(draft(3), 2);
  EXPECT_EQ(draft(3), 0);
}

TEST_F(ARosterWithAReserve, AwaitsWhoWasDraftedUntilHeEnrols) {
  roster.reserve(1);
  add();
  call_for_new_work();
  EXPECT_EQ(draft(), 1);
  EXPECT_TRUE(roster.relieve_at()) << "it may be in vain";
  Bench& bench = worker();
  EXPECT_EQ(roster.idle(), 0) << "it has come, and work waits";
  EXPECT_NE(take(bench), nullptr);
}

TEST_F(ARosterWithAReserve, HandsItAStall) {
  roster.reserve(5);
  for (int i = 0; i < 2; ++i) {
    add();
    take(worker());
  }
  for (int i = 0; i < 5; ++i) add();
  clock.advance(ConcurrencyTarget::quantum);
  relieve();
  EXPECT_EQ(draft(), 5);
}

TEST_F(ARosterWithAReserve, LooksAgainAQuantumLaterWhileSomebodyIsAwaited) {
  roster.reserve(5);
  for (int i = 0; i < 5; ++i) add();
  call_for_new_work();
  EXPECT_EQ(roster.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
  clock.advance(ConcurrencyTarget::quantum);
  relieve();
  EXPECT_EQ(roster.relieve_at(), clock.now() + ConcurrencyTarget::quantum);
}

TEST_F(ARosterWithAReserve, HasNoneLeftWhenOneCannotBeStarted) {
  roster.reserve(5);
  add();
  call_for_new_work();
  roster.lose(draft());
  EXPECT_EQ(roster.idle(), 0);
  EXPECT_TRUE(exhausted());
  EXPECT_EQ(roster.relieve_at(), std::nullopt);
}

TEST_F(ARosterWithAReserve, CallsASleeperInPlaceOfThoseThatCannotBeStarted) {
  roster.reserve(2);
  Bench& bench = worker();
  add();
  add();
  call_for_new_work();
  const int drafted = draft();
  EXPECT_EQ(drafted, 1) << "one runs already";
  take(bench);
  take(bench);
  roster.rest(bench);
  add();
  EXPECT_EQ(call_for_new_work().sleepers, 0) << "one is coming";
  roster.lose(drafted);
  clock.advance(ConcurrencyTarget::quantum);
  EXPECT_EQ(relieve(), 1);
}

TEST_F(ARosterWithAReserve, CallsSleepersWhateverIsDraftedAheadOfNeed) {
  sleeper();
  roster.reserve(5);
  EXPECT_EQ(draft(5), 5);
  EXPECT_EQ(roster.idle(), 6);
  add();
  EXPECT_EQ(call_for_new_work().sleepers, 1);
}

TEST_F(ARosterWithAReserve, CallsSleepersAlthoughTheMainThreadHasNotHeardOfAnEarlierCall) {
  roster.reserve(5);
  Bench& bench = worker();
  add();
  add();
  EXPECT_TRUE(call_for_new_work().recruits);
  take(bench);
  take(bench);
  roster.rest(bench);
  EXPECT_EQ(roster.idle(), 6);
  add();
  EXPECT_EQ(call_for_new_work().sleepers, 1);
  EXPECT_EQ(draft(), 0) << "somebody else has done the work";
}

TEST_F(ARosterWithAReserve, CallsNobodyInItWithoutWork) {
  roster.reserve(5);
  sleeper();
  Calls calls;
  roster.call(9, clock.now(), calls);
  EXPECT_FALSE(calls.for_recruits());
  EXPECT_EQ(draft(), 0);
}

TEST_F(ARosterWithAReserve, IsCalmWhileNothingWaitsAndNobodyRuns) {
  roster.reserve(5);
  EXPECT_TRUE(roster.calm());
  add();
  EXPECT_FALSE(roster.calm());
  Bench& bench = sleeper();
  take(bench);
  EXPECT_FALSE(roster.calm());
  roster.rest(bench);
  EXPECT_TRUE(roster.calm());
}

}  // namespace
}  // namespace mpm
