#include "child/work_queue.hpp"

#include "child_parts.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

struct AWorkQueue : ChildParts {
  ~AWorkQueue() override {
    stop.raise(StopStage::Forced);
    for (auto& bench : benches) static_cast<void>(take(*bench));
  }

  Bench& worker() {
    benches.push_back(std::make_unique<Bench>());
    queue.enrol(as.worker, *benches.back(), clock.now());
    return *benches.back();
  }
  WorkQueue::Taken take(Bench& bench) { return queue.take(as.worker, bench, clock.now()); }
  bool rests(Bench& bench) { return std::holds_alternative<WorkQueue::Rest>(take(bench)); }
  /// A worker that retires leaves the roll.
  bool retires(Bench& bench) {
    const bool retired = std::holds_alternative<WorkQueue::Retire>(take(bench));
    if (retired) std::erase_if(benches, [&](const auto& one) { return one.get() == &bench; });
    return retired;
  }
  bool works(Bench& bench) { return std::holds_alternative<Work>(take(bench)); }
  FakeHost& push() {
    FakeHost& host = client();
    queue.push(connect_in(State::KeptAlive, host), clock.now());
    return host;
  }

  std::vector<std::unique_ptr<Bench>> benches;
};

TEST_F(AWorkQueue, LetsAWorkerRestWhenThereIsNothingToDo) { EXPECT_TRUE(rests(worker())); }

TEST_F(AWorkQueue, GivesWorkToWhoeverTakesIt) {
  Bench& bench = worker();
  push();
  queue.push(std::make_unique<Timer>(
                 +[](void*) {}, nullptr),
             clock.now());
  EXPECT_TRUE(works(bench));
  EXPECT_TRUE(works(bench));
  EXPECT_TRUE(rests(bench));
}

TEST_F(AWorkQueue, TakesAWholeConvoy) {
  Bench& bench = worker();
  Convoy convoy;
  for (int i = 0; i < 3; ++i) convoy.add(connect_in(State::KeptAlive, client()), Event::Ready);
  queue.push(convoy, clock.now());
  EXPECT_EQ(convoy.size(), 0U);
  EXPECT_EQ(queue.requests(), 3);
  EXPECT_TRUE(works(bench));
}

TEST_F(AWorkQueue, TellsHowManyWorkersAreIdleAndHowManyRequestsWait) {
  Bench& first = worker();
  Bench& second = worker();
  EXPECT_EQ(queue.idle(), 0) << "they have not asked for work yet";
  EXPECT_TRUE(rests(first));
  EXPECT_TRUE(rests(second));
  EXPECT_EQ(queue.idle(), 2);
  push();
  EXPECT_EQ(queue.idle(), 1);
  EXPECT_EQ(queue.requests(), 1);
}

TEST_F(AWorkQueue, DoesNotCountAnEvictedConnectionAsARequest) {
  ConnectionPtr conn = connect_in(State::KeptAlive, client());
  conn->pending = Event::Evicted;
  queue.push(std::move(conn), clock.now());
  EXPECT_EQ(queue.requests(), 0);
}

TEST_F(AWorkQueue, WakesARestingWorkerForNewWork) {
  Bench& bench = worker();
  EXPECT_TRUE(rests(bench));
  std::thread asleep([&] { queue.rest(as.worker, bench); });
  push();
  asleep.join();
  EXPECT_TRUE(works(bench));
}

TEST_F(AWorkQueue, WakesEveryRestingWorkerWhenItCallsAll) {
  std::vector<std::thread> asleep;
  for (int i = 0; i < 70; ++i) {
    Bench& bench = worker();
    EXPECT_TRUE(rests(bench));
    asleep.emplace_back([&] { queue.rest(as.worker, bench); });
  }
  queue.call_all(clock.now());
  for (auto& thread : asleep) thread.join();
}

TEST_F(AWorkQueue, WakesOneRestingWorkerWhenItCallsOne) {
  Bench& older = worker();
  EXPECT_TRUE(rests(older));
  Bench& bench = worker();
  EXPECT_TRUE(rests(bench));
  std::thread asleep([&] { queue.rest(as.worker, bench); });
  queue.call_one(clock.now());
  asleep.join();
  EXPECT_EQ(queue.idle(), 2);
}

TEST_F(AWorkQueue, CallsASleeperForWorkThatWaitsBehindBlockedWorkers) {
  for (int i = 0; i < 2; ++i) {
    push();
    EXPECT_TRUE(works(worker()));
  }
  Bench& bench = worker();
  EXPECT_TRUE(rests(bench));
  std::thread asleep([&] { queue.rest(as.worker, bench); });
  push();
  clock.advance(ConcurrencyTarget::quantum);
  EXPECT_EQ(queue.relieve_at(as.listener), clock.now());
  queue.relieve(as.listener, clock.now());
  asleep.join();
  EXPECT_TRUE(works(bench));
}

TEST_F(AWorkQueue, LooksAtAllWhoMayBeBlocked) {
  int looks = 0;
  thread_states.wants = [&](ThreadId) { return ++looks < 0; };
  for (int i = 0; i < 40; ++i) {
    push();
    EXPECT_TRUE(works(worker()));
  }
  clock.advance(ConcurrencyTarget::quantum);
  queue.relieve(as.listener, clock.now());
  EXPECT_EQ(looks, 40);
  EXPECT_EQ(queue.busy_for(as.listener, 1h, clock.now()), 0us);
}

TEST_F(AWorkQueue, TellsWhetherAnythingWaits) {
  EXPECT_TRUE(queue.empty());
  ConnectionPtr conn = connect_in(State::KeptAlive, client());
  conn->pending = Event::Evicted;
  queue.push(std::move(conn), clock.now());
  EXPECT_FALSE(queue.empty());
}

TEST_F(AWorkQueue, CallsNobodyForWorkThatWaitsBehindWorkersThatWantAProcessor) {
  thread_states.wants = [](ThreadId) { return true; };
  for (int i = 0; i < 2; ++i) {
    push();
    EXPECT_TRUE(works(worker()));
  }
  EXPECT_TRUE(rests(worker()));
  push();
  EXPECT_GT(queue.busy_for(as.listener, 1h, clock.now()), 0us);
  clock.advance(ConcurrencyTarget::quantum);
  queue.relieve(as.listener, clock.now());
  EXPECT_GT(queue.busy_for(as.listener, 1h, clock.now()), 0us);
  EXPECT_EQ(queue.relieve_at(as.listener), clock.now() + ConcurrencyTarget::quantum);
}

TEST_F(AWorkQueue, KeepsItsWorkersWhileConnectionsMayStillBeAccepted) {
  Bench& bench = worker();
  stop.raise(StopStage::Graceful);
  EXPECT_TRUE(rests(bench));
}

TEST_F(AWorkQueue, RetiresASurplusWorkerOnceNothingIsAcceptedAnyMore) {
  Bench& first = worker();
  Bench& second = worker();
  const ConnectionPtr open = connect(client());
  stop.raise(StopStage::Graceful);
  queue.close(as.listener, clock.now());
  EXPECT_TRUE(retires(first));
  EXPECT_TRUE(rests(second)) << "one connection may need one worker";
}

TEST_F(AWorkQueue, CallsItsWorkersWhenNothingIsAcceptedAnyMore) {
  Bench& bench = worker();
  EXPECT_TRUE(rests(bench));
  std::thread asleep([&] { queue.rest(as.worker, bench); });
  stop.raise(StopStage::Graceful);
  queue.close(as.listener, clock.now());
  asleep.join();
  EXPECT_TRUE(retires(bench));
}

TEST_F(AWorkQueue, LetsASurplusWorkerFinishWhatWaitsFirst) {
  Bench& bench = worker();
  push();
  stop.raise(StopStage::Graceful);
  queue.close(as.listener, clock.now());
  EXPECT_TRUE(works(bench));
  EXPECT_TRUE(retires(bench));
}

TEST_F(AWorkQueue, RetiresEveryWorkerAtOnceInAForcedStop) {
  Bench& bench = worker();
  const FakeHost& waiting = push();
  stop.raise(StopStage::Forced);
  EXPECT_TRUE(retires(bench));
  EXPECT_EQ(waiting.ended, 0);
}

TEST_F(AWorkQueue, HandsOutTheConnectionsThatAreLeftAndDropsTheTimers) {
  FakeHost& waiting = push();
  bool called = false;
  queue.push(std::make_unique<Timer>([](void* mark) { *static_cast<bool*>(mark) = true; }, &called),
             clock.now());
  Convoy left;
  queue.hand_out_all(left);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(left.size(), 1U);
  EXPECT_EQ(&left.take()->host(), &waiting);
  EXPECT_FALSE(called);
}

// --- workers without threads ---

TEST_F(AWorkQueue, WakesTheMainThreadWhenAWorkerWithoutAThreadIsCalled) {
  queue.reserve(as.main, 1);
  EXPECT_FALSE(summons.woken());
  push();
  EXPECT_TRUE(summons.woken());
  EXPECT_EQ(queue.draft(as.main, 0, clock.now()), 1);
  EXPECT_TRUE(works(worker()));
}

TEST_F(AWorkQueue, LeavesTheMainThreadAloneWhileWorkersSleep) {
  queue.reserve(as.main, 1);
  EXPECT_TRUE(rests(worker()));
  push();
  EXPECT_FALSE(summons.woken());
  EXPECT_TRUE(works(*benches.back()));
}

TEST_F(AWorkQueue, TellsAtOnceThatItsReserveIsIdle) {
  queue.reserve(as.main, 2);
  EXPECT_EQ(queue.idle(), 2);
  queue.lose(as.main, queue.draft(as.main, 1, clock.now()));
  EXPECT_EQ(queue.idle(), 0);
}

}  // namespace
}  // namespace mpm
