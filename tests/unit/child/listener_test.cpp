#include "listener_parts.hpp"

#include <thread>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// --- how long it sleeps ---

TEST_F(AListener, SleepsForEverWhenNothingIsDue) {
  run();
  EXPECT_THAT(slept, ElementsAre(std::nullopt));
}

TEST_F(AListener, SleepsUntilTheNextDeadlineRoundedUp) {
  park_in(State::KeptAlive);
  clock.advance(500us);
  run();
  EXPECT_EQ(slept.front(), 5000ms);
}

TEST_F(AListener, SleepsUntilTheNextTimer) {
  park_in(State::KeptAlive);
  timers.add(std::make_unique<Timer>(
                 +[](void*) {}, nullptr),
             clock.now() + 10ms);
  run();
  EXPECT_EQ(slept.front(), 10ms);
}

TEST_F(AListener, SleepsAQuantumWhileWorkWaitsAndWorkersSleep) {
  idle_workers(3);
  for (int i = 0; i < 3; ++i) queue.push(connect_in(State::KeptAlive, client()), clock.now());
  run();
  EXPECT_EQ(slept.front(), 1ms);
}

TEST_F(AListener, SleepsOnAfterAWakeUpThatMeantNothing) {
  then([this] { poller.wake(); });
  run();
  EXPECT_THAT(slept, ElementsAre(std::nullopt, std::nullopt));
}

TEST_F(AListener, CountsTheChildrenThatShareTheProcessorsOnceASecond) {
  const auto then_wake_after = [this](Duration pause, int counted) {
    then([=, this] {
      EXPECT_EQ(scoreboard.counts, counted);
      clock.advance(pause);
      poller.wake();
    });
  };
  then_wake_after(0s, 0);
  then_wake_after(999ms, 1);
  then_wake_after(1ms, 1);
  then_wake_after(0s, 2);
  run();
}

TEST_F(AListener, GivesTheRunQueueItsShareOfTheProcessors) {
  running_worker();
  queue.push(connect_in(State::KeptAlive, client()), clock.now());
  const auto busy = [this] { return queue.busy_for(as.listener, 1h, clock.now()) > Duration{}; };
  EXPECT_FALSE(busy()) << "there is another processor";
  scoreboard.children = 2;
  then([this] { poller.wake(); });
  then([&] { EXPECT_TRUE(busy()); });
  run();
}

TEST_F(AListener, RestsWhileEveryProcessorHasAWorkerToRun) {
  for (int i = 0; i < 2; ++i) running_worker();
  std::thread worker([this] {
    await([this] {
      watch.stand_in(as.worker);
      return poller.waiters() == 2;
    });
    stopper.raise(StopStage::Forced);
  });
  poller.while_asleep = [this](Longest) { poller.wake(); };
  run();
  worker.join();
}

TEST_F(AListener, DoesNotRestInAChildThatDrains) {
  const ConnectionPtr open = connect(client());
  for (int i = 0; i < 2; ++i) running_worker();
  stopper.raise(StopStage::Graceful);
  std::atomic<int> attempts{0};
  poller.while_asleep = [&](Longest) { attempts < 50 ? poller.wake() : stopper.raise(StopStage::Forced); };
  std::thread worker([&] {
    for (; stopper.stage() != StopStage::Forced; ++attempts) watch.stand_in(as.worker);
  });
  run();
  worker.join();
  EXPECT_EQ(poller.waiters(), 1U);
}

// --- what it hands out ---

TEST_F(AListener, HandsOutWhatIsReady) {
  FakeHost& host = park_in(State::KeptAlive);
  then([&] { poller.make_ready(host.fake_socket, Sense::Readable); });
  then([this] { EXPECT_THAT(queued(), ElementsAre("ready")); });
  run();
}

struct AListenerAtATurn : AListener {
  /// Is a kept-alive connection whose client has spoken watched still, when it has been handed out?
  bool leaves_it_in_the_pollset() {
    FakeHost& host = park_in(State::KeptAlive);
    poller.make_ready(host.fake_socket, Sense::Readable);
    dispatcher.turn(as.listener);
    const bool watched = poller.watches(host.fake_socket);
    EXPECT_THAT(queued(), ElementsAre("ready"));
    return watched;
  }
};

TEST_F(AListenerAtATurn, LeavesInThePollsetWhatComesWhileEnoughRun) {
  for (int i = 0; i < 2; ++i) running_worker();
  EXPECT_TRUE(leaves_it_in_the_pollset());
}

// Its next sleep would be none while the request has not been read.
TEST_F(AListenerAtATurn, TakesOutOfThePollsetWhatItWillNotRestAfter) {
  EXPECT_FALSE(leaves_it_in_the_pollset());
}

TEST_F(AListener, HandsOutWhatHasExpiredAtItsTimeAndNotBefore) {
  park_in(State::KeptAlive);
  then([this] { clock.advance(5s - 1us); });
  then([this] {
    EXPECT_THAT(queue.requests() + static_cast<int>(poller.watched()), 2) << "the listening socket and it";
    clock.advance(1us);
  });
  then([this] { EXPECT_THAT(queued(), ElementsAre("expired")); });
  run();
}

TEST_F(AListener, HandsOutARequestThatComesAtTheLastMomentAsARequest) {
  FakeHost& host = park_in(State::KeptAlive);
  then([&] {
    poller.make_ready(host.fake_socket, Sense::Readable);
    clock.advance(5s);
  });
  then([this] { EXPECT_THAT(queued(), ElementsAre("ready")); });
  run();
}

TEST_F(AListener, HandsOutDueTimersInTheirOrder) {
  timers.add(std::make_unique<Timer>(
                 +[](void*) {}, nullptr),
             clock.now() + 2ms);
  timers.add(std::make_unique<Timer>(
                 +[](void*) {}, nullptr),
             clock.now() + 1ms);
  then([this] { clock.advance(2ms); });
  then([this] { EXPECT_THAT(queued(), ElementsAre("timer", "timer")); });
  run();
}

TEST_F(AListener, QueuesReadyConnectionsBeforeNewOnes) {
  idle_workers(4);
  FakeHost& host = park_in(State::KeptAlive);
  then([&] {
    sockets.one.arrive(client());
    poller.make_ready(host.fake_socket, Sense::Readable);
  });
  then([this] { EXPECT_THAT(queued(), ElementsAre("ready", "new")); });
  run();
}

TEST_F(AListener, CallsMoreWorkersForWorkThatHasWaitedForAQuantum) {
  idle_workers(4);
  for (int i = 0; i < 4; ++i) queue.push(connect_in(State::KeptAlive, client()), clock.now());
  then([this] { clock.advance(1ms); });
  then([this] { EXPECT_EQ(queue.relieve_at(as.listener), std::nullopt) << "nobody sleeps any more"; });
  run();
}

// --- accepting ---

TEST_F(AListener, SaysOnceThatItServes) {
  run();
  EXPECT_EQ(scoreboard.serving, 1);
}

TEST_F(AListener, DoesNotSayThatItServesWhenTheChildIsToStopAlready) {
  stopper.raise(StopStage::Graceful);
  run();
  EXPECT_EQ(scoreboard.serving, 0);
  EXPECT_EQ(farewells, 1);
}

TEST_F(AListener, HoldsTheGateWhileNobodyIsIdleAndOpensItWhenSomebodyIs) {
  then([this] { sockets.one.arrive(client()); });
  then([this] {
    EXPECT_TRUE(acceptor.held());
    idle_workers(1);
    acceptor.room_made();
  });
  then([this] {
    EXPECT_EQ(ledger.open(), 1);
    static_cast<void>(queue.take(as.worker, *benches.front(), clock.now()));
    idle_workers(1);
    acceptor.room_made();
  });
  then([this] { EXPECT_FALSE(acceptor.held()); });
  run();
  EXPECT_THAT(meanwhile, IsEmpty());
}

}  // namespace
}  // namespace mpm
