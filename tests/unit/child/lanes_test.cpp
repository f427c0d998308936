#include "lanes_parts.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;

TEST_F(LanesOfWork, HaveNothingAtFirst) {
  Bench& bench = worker();
  EXPECT_FALSE(lanes.take(bench, clock.now()));
  EXPECT_EQ(lanes.waiting(), 0);
  EXPECT_EQ(lanes.relieve_at(), std::nullopt);
}

TEST_F(LanesOfWork, GiveRequestsInTheOrderInWhichTheyCame) {
  Bench& bench = worker();
  FakeHost& first = add();
  FakeHost& second = add();
  EXPECT_EQ(take(bench), &first);
  EXPECT_EQ(take(bench), &second);
}

TEST_F(LanesOfWork, GiveOfAClosingAndARequestTheOneThatHasWaitedLonger) {
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

TEST_F(LanesOfWork, GiveARequestBeforeAClosingOfTheSameMoment) {
  Bench& bench = worker();
  add(State::KeptAlive, Event::Evicted);
  FakeHost& request = add();
  EXPECT_EQ(take(bench), &request);
}

TEST_F(LanesOfWork, GiveDueTimersBeforeEverythingElse) {
  Bench& bench = worker();
  add();
  clock.advance(1us);
  add_timer();
  EXPECT_TRUE(took_a_timer(bench));
  EXPECT_FALSE(took_a_timer(bench));
}

TEST_F(LanesOfWork, CountRequestsAndTimersApartFromClosings) {
  add();
  add_timer();
  add(State::KeptAlive, Event::Expired);
  add(State::Flushing, Event::Evicted);
  add(State::Lingering);
  EXPECT_EQ(lanes.waiting(), 5);
  EXPECT_EQ(lanes.requests(), 2);
}

TEST_F(LanesOfWork, EndTheWorkThatIsLeftInThem) {
  FakeHost& host = client();
  {
    Lanes short_lived(2);
    short_lived.add(connect_in(State::KeptAlive, host), clock.now());
    short_lived.add(std::make_unique<Timer>(
                        +[](void*) {}, nullptr),
                    clock.now());
  }
  EXPECT_EQ(host.ended, 1);
}

TEST_F(LanesOfWork, CallTheWorkerThatFellAsleepLast) {
  Bench& first = sleeper();
  Bench& second = sleeper();
  add();
  EXPECT_EQ(call_for_new_work(), 1);
  EXPECT_FALSE(lanes.called(first));
  EXPECT_TRUE(lanes.called(second));
  lanes.hear(second);
  EXPECT_FALSE(lanes.called(second));
}

TEST_F(LanesOfWork, CallNobodyWhenNobodySleeps) {
  worker();
  add();
  EXPECT_EQ(call_for_new_work(), 0);
}

TEST_F(LanesOfWork, CallNoMoreWorkersThanAreToRun) {
  for (int i = 0; i < 10; ++i) sleeper();
  for (int i = 0; i < 10; ++i) add();
  EXPECT_EQ(call_for_new_work(), 2);
  EXPECT_EQ(call_for_new_work(), 0) << "two have been called already";
}

TEST_F(LanesOfWork, CallNobodyElseForWorkThatSomebodyHasBeenCalledFor) {
  for (int i = 0; i < 3; ++i) sleeper();
  add();
  EXPECT_EQ(call_for_new_work(), 1);
  EXPECT_EQ(relieve(), 0);
  add();
  EXPECT_EQ(call_for_new_work(), 1);
}

TEST_F(LanesOfWork, CallAsManyAsTheyAreToldToButNoMoreThanFitInOneGo) {
  for (int i = 0; i < 100; ++i) sleeper();
  Calls calls;
  lanes.call(100, clock.now(), calls);
  EXPECT_EQ(lanes.sleeping(), 100 - static_cast<int>(Calls::most));
  EXPECT_TRUE(calls.full());
}

TEST_F(LanesOfWork, CountAWorkerAsIdleUntilItTakesWhatItWasCalledFor) {
  Bench& bench = sleeper();
  sleeper();
  EXPECT_EQ(lanes.idle(), 2);
  add();
  EXPECT_EQ(lanes.idle(), 1) << "one piece of work waits for one of them";
  call_for_new_work();
  EXPECT_EQ(lanes.idle(), 1);
  Bench& called = lanes.called(bench) ? bench : *benches.back();
  lanes.hear(called);
  take(called);
  EXPECT_EQ(lanes.idle(), 1);
}

TEST_F(LanesOfWork, NeverCountFewerThanNoIdleWorkers) {
  sleeper();
  for (int i = 0; i < 5; ++i) add();
  EXPECT_EQ(lanes.idle(), 0);
}

TEST_F(LanesOfWork, KeepARollOfTheWorkers) {
  worker();
  Bench& second = sleeper();
  EXPECT_EQ(lanes.workers(), 2);
  lanes.leave(second);
  benches.pop_back();
  EXPECT_EQ(lanes.workers(), 1);
  EXPECT_EQ(lanes.sleeping(), 0);
}

}  // namespace
}  // namespace mpm
