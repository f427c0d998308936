#include "roster_parts.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;

TEST_F(ARoster, HasNothingAtFirst) {
  Bench& bench = worker();
  EXPECT_FALSE(roster.take(bench, clock.now()));
  EXPECT_EQ(roster.waiting(), 0);
  EXPECT_EQ(roster.relieve_at(), std::nullopt);
}

TEST_F(ARoster, GivesRequestsInTheOrderInWhichTheyCame) {
  Bench& bench = worker();
  FakeHost& first = add();
  FakeHost& second = add();
  EXPECT_EQ(take(bench), &first);
  EXPECT_EQ(take(bench), &second);
}

TEST_F(ARoster, GivesOfAClosingAndARequestTheOneThatHasWaitedLonger) {
  Bench& bench = worker();
  FakeHost& closing = add(State::KeptAlive, Event::Expired);
  clock.advance(1us);
  FakeHost& request = add();
  clock.advance(1us);
  FakeHost& lingering = add(State::Lingering);
  EXPECT_EQ(take(bench), &closing);
  EXPECT_EQ(take(bench), &request);
  EXPECT_EQ(take(bench), &lingering);
}

TEST_F(ARoster, GivesARequestBeforeAClosingOfTheSameMoment) {
  Bench& bench = worker();
  add(State::KeptAlive, Event::Evicted);
  FakeHost& request = add();
  EXPECT_EQ(take(bench), &request);
}

TEST_F(ARoster, GivesDueTimersBeforeEverythingElse) {
  Bench& bench = worker();
  add();
  clock.advance(1us);
  add_timer();
  EXPECT_TRUE(took_a_timer(bench));
  EXPECT_FALSE(took_a_timer(bench));
}

TEST_F(ARoster, CountsRequestsAndTimersApartFromClosings) {
  add();
  add_timer();
  add(State::KeptAlive, Event::Expired);
  add(State::Flushing, Event::Evicted);
  add(State::Lingering);
  EXPECT_EQ(roster.waiting(), 5);
  EXPECT_EQ(roster.requests(), 2);
}

TEST_F(ARoster, EndsTheWorkThatIsLeftInIt) {
  FakeHost& host = client();
  {
    Roster short_lived(2);
    short_lived.add(connect_in(State::KeptAlive, host), clock.now());
    short_lived.add(std::make_unique<Timer>(
                        +[](void*) {}, nullptr),
                    clock.now());
  }
  EXPECT_EQ(host.ended, 1);
}

TEST_F(ARoster, CallsTheWorkerThatFellAsleepLast) {
  Bench& first = sleeper();
  Bench& second = sleeper();
  add();
  EXPECT_EQ(call_for_new_work(), 1);
  EXPECT_FALSE(roster.called(first));
  EXPECT_TRUE(roster.called(second));
  roster.hear(second);
  EXPECT_FALSE(roster.called(second));
}

TEST_F(ARoster, CallsNobodyWhenNobodySleeps) {
  worker();
  add();
  EXPECT_EQ(call_for_new_work(), 0);
}

TEST_F(ARoster, CallsNoMoreWorkersThanAreToRun) {
  for (int i = 0; i < 10; ++i) sleeper();
  for (int i = 0; i < 10; ++i) add();
  EXPECT_EQ(call_for_new_work(), 2);
  EXPECT_EQ(call_for_new_work(), 0) << "two have been called already";
}

TEST_F(ARoster, CallsNobodyElseForWorkThatSomebodyHasBeenCalledFor) {
  for (int i = 0; i < 3; ++i) sleeper();
  add();
  EXPECT_EQ(call_for_new_work(), 1);
  EXPECT_EQ(relieve(), 0);
  add();
  EXPECT_EQ(call_for_new_work(), 1);
}

TEST_F(ARoster, CallsAsManyAsTheyAreToldToButNoMoreThanFitInOneGo) {
  for (int i = 0; i < 100; ++i) sleeper();
  Calls calls;
  roster.call(100, clock.now(), calls);
  EXPECT_EQ(roster.sleeping(), 100 - static_cast<int>(Calls::most));
  EXPECT_TRUE(calls.full());
}

TEST_F(ARoster, CountsAWorkerAsIdleUntilItTakesWhatItWasCalledFor) {
  Bench& bench = sleeper();
  sleeper();
  EXPECT_EQ(roster.idle(), 2);
  add();
  EXPECT_EQ(roster.idle(), 1) << "one piece of work waits for one of them";
  call_for_new_work();
  EXPECT_EQ(roster.idle(), 1);
  Bench& called = roster.called(bench) ? bench : *benches.back();
  roster.hear(called);
  take(called);
  EXPECT_EQ(roster.idle(), 1);
}

TEST_F(ARoster, NeverCountsFewerThanNoIdleWorkers) {
  sleeper();
  for (int i = 0; i < 5; ++i) add();
  EXPECT_EQ(roster.idle(), 0);
}

TEST_F(ARoster, KeepsARollOfTheWorkers) {
  worker();
  Bench& second = sleeper();
  EXPECT_EQ(roster.workers(), 2);
  roster.leave(second);
  benches.pop_back();
  EXPECT_EQ(roster.workers(), 1);
  EXPECT_EQ(roster.sleeping(), 0);
}

}  // namespace
}  // namespace mpm
