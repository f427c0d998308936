#include "child/worker.hpp"

#include "child_parts.hpp"

#include "child/worker_pool.hpp"

#include <array>
#include <thread>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;

struct AWorker : ChildParts, Farewell {
  void gone() noexcept override { ++farewells; }
  WorkerStatus shown() { return scoreboard.statuses[slot.thread_slot]; }
  void push(FakeHost& host) { queue.push(connect_in(State::KeptAlive, host), clock.now()); }
  /// A callback that ends the worker, after what has been queued before it.
  void push_the_end() {
    queue.push(
        std::make_unique<Timer>(
            [](void* stopping) { static_cast<Stopper*>(stopping)->raise(StopStage::Forced); }, &stopper),
        clock.now());
  }
  void run() { worker.run(self); }
  WorkerStatus shown_while_it_serves() {
    WorkerStatus during = WorkerStatus::Dead;
    FakeHost& host = client();
    host.during_process = [&] {
      during = shown();
      stopper.raise(StopStage::Forced);
    };
    push(host);
    run();
    return during;
  }

  NativeThread self;
  std::atomic<int> farewells{0};
  Worker::Surroundings shared{.queue = queue,
                              .watch = watch,
                              .driver = driver,
                              .acceptor = acceptor,
                              .scoreboard = scoreboard,
                              .stopper = stopper,
                              .clock = clock,
                              .farewell = *this};
  Worker worker{shared, slot};
};

TEST_F(AWorker, SignsInShowsWhatItIsAndSaysFarewell) {
  EXPECT_EQ(shown_while_it_serves(), WorkerStatus::Ready);
  EXPECT_EQ(scoreboard.signed_in[slot.thread_slot], 1);
  EXPECT_EQ(shown(), WorkerStatus::Dead);
  EXPECT_EQ(farewells, 1);
}

TEST_F(AWorker, ShowsThatTheChildIsLeaving) {
  stopper.raise(StopStage::Graceful);
  EXPECT_EQ(shown_while_it_serves(), WorkerStatus::Draining);
}

TEST_F(AWorker, DrivesAConnectionInItsOwnSlot) {
  FakeHost& host = client();
  host.during_process = [this] { stopper.raise(StopStage::Forced); };
  push(host);
  run();
  EXPECT_THAT(host.slots, ElementsAre(slot.thread_slot));
  EXPECT_EQ(ledger.in(State::KeptAlive), 1);
}

TEST_F(AWorker, CallsADueTimerBack) {
  push_the_end();
  run();
  EXPECT_EQ(stopper.stage(), StopStage::Forced);
}

TEST_F(AWorker, RestsUntilThereIsWork) {
  std::thread thread([this] { run(); });
  await([this] { return queue.idle() == 1; });
  FakeHost& host = client();
  push(host);
  await([&] { return poller.watches(host.fake_socket); });
  await([this] { return queue.idle() == 1; });
  stopper.raise(StopStage::Forced);
  thread.join();
  EXPECT_EQ(farewells, 1);
}

TEST_F(AWorker, StandsInForAListenerThatRestsAndCallsItBackBeforeItSleeps) {
  let_time_pass_in_sleep();
  FakeHost& host = park_in(State::KeptAlive);
  poller.make_ready(host.fake_socket, Sense::Readable);
  std::array<Bench, 2> others;  // a worker for each processor, until the request is processed
  const auto rest_or_leave = [&] {
    for (Bench& bench : others) static_cast<void>(queue.take(as.worker, bench, clock.now()));
  };
  for (Bench& bench : others) queue.enrol(as.worker, bench, clock.now());
  host.during_process = [&] {
    poller.make_unready(host.fake_socket, Sense::Readable);
    rest_or_leave();
  };
  std::thread listener([this] { Pretend::rest(watch, 1h); });
  await([this] {
    watch.stand_in(as.worker);
    return !queue.empty();  // so the listener rests
  });
  std::thread thread([this] { run(); });
  listener.join();
  EXPECT_THAT(host.calls, Contains("process"));
  stopper.raise(StopStage::Forced);
  thread.join();
  rest_or_leave();
}

TEST_F(AWorker, WakesAListenerThatHoldsTheGateForAnIdleWorker) {
  acceptor.open(as.listener);
  acceptor.accept(as.listener, sockets.one, clock.now());
  ASSERT_TRUE(acceptor.held());
  std::thread thread([this] { run(); });
  await([this] { return poller.wakes() == 1; });
  stopper.raise(StopStage::Forced);
  thread.join();
}

TEST_F(AWorker, IsSeveredFromWhatItHasInHand) {
  FakeHost& host = client();
  host.during_process = [&] {
    stopper.raise(StopStage::Forced);
    await([&] { return host.severed.load(); });
  };
  push(host);
  std::thread thread([this] { run(); });
  await([this] { return stopper.stage() == StopStage::Forced; });
  worker.sever();
  thread.join();
}

TEST_F(AWorker, WithNothingInHandIsNotSeveredFromAnything) { worker.sever(); }

}  // namespace
}  // namespace mpm
