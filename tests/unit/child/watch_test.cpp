#include "child/watch.hpp"

#include "child_parts.hpp"

#include <array>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

constexpr Duration very_long = 1h;

/// The test is the worker; the listener is a thread that rests when it is told to.
struct AWatch : ChildParts {
  explicit AWatch(const Quota& allowed = {.threads_per_child = 4, .per_idle = {}, .connections = 0})
      : ChildParts(allowed) {
    let_time_pass_in_sleep();
  }
  ~AWatch() override {
    if (listener.joinable()) listener.join();
    stop.raise(StopStage::Forced);
    for (Bench& bench : running) static_cast<void>(queue.take(as.worker, bench, clock.now()));
  }

  void rest(Duration longest) {
    listener = std::thread([this, longest] {
      Pretend::rest(watch, longest);
      risen = true;
    });
  }
  void stand_in_until_risen() {
    await([this] {
      watch.stand_in(as.worker);
      return risen.load();
    });
  }
  /// As many as there are processors.
  void let_enough_run() {
    for (Bench& bench : running) queue.enrol(as.worker, bench, clock.now());
  }
  FakeHost& make_one_ready() {
    FakeHost& host = park_in(State::KeptAlive);
    poller.make_ready(host.fake_socket, Sense::Readable);
    return host;
  }

  std::array<Bench, 2> running;
  std::thread listener;
  std::atomic<bool> risen{false};
};

TEST_F(AWatch, LetsAWorkerStandInForAListenerThatRests) {
  let_enough_run();
  make_one_ready();
  rest(very_long);
  await([this] {
    watch.stand_in(as.worker);
    return queue.requests() == 1;
  });
  EXPECT_FALSE(risen) << "there is work: the worker will come again";
  Convoy taken;
  queue.hand_out_all(taken);
  stand_in_until_risen();
}

TEST_F(AWatch, LeavesInThePollsetWhatAWorkerThatStandsInFinds) {
  let_enough_run();
  const FakeHost& host = make_one_ready();
  rest(very_long);
  await([this] {
    watch.stand_in(as.worker);
    return queue.requests() == 1;
  });
  EXPECT_TRUE(poller.watches(host.fake_socket));
  Convoy taken;
  queue.hand_out_all(taken);
  taken.end();
  stand_in_until_risen();
}

TEST_F(AWatch, CallsTheListenerWhenAWorkerIsOnlyToldOfWhatAnotherHas) {
  let_enough_run();
  make_one_ready();
  Convoy taken;
  lot.begin_wait(as.listener);
  lot.take(as.listener, poller.wait(as.listener, 0ms).ready, Pace::Rush, taken);
  rest(very_long);
  stand_in_until_risen();
}

TEST_F(AWatch, CallsTheListenerWhenThereIsWorkButFewerRunThanShould) {
  make_one_ready();
  rest(very_long);
  stand_in_until_risen();
  EXPECT_EQ(queue.requests(), 1);
}

TEST_F(AWatch, CallsTheListenerWhenAWorkerFindsNothing) {
  rest(very_long);
  stand_in_until_risen();
}

TEST_F(AWatch, CallsTheListenerWhenAStopWakesWhoStandsIn) {
  let_enough_run();
  poller.while_asleep = [this](std::optional<std::chrono::milliseconds>) {
    stopper.raise(StopStage::Graceful);
  };
  rest(very_long);
  await([this] {
    watch.stand_in(as.worker);
    return stopper.stage() == StopStage::Graceful;
  });
  await([this] { return risen.load(); });
}

/// One more connection, for which a worker is idle, and the child is to stop.
struct AWatchBeforeTheLastConnection : AWatch {
  AWatchBeforeTheLastConnection() : AWatch({.threads_per_child = 4, .per_idle = {}, .connections = 1}) {
    queue.enrol(as.worker, idle, clock.now());
    static_cast<void>(queue.take(as.worker, idle, clock.now()));
    acceptor.open(as.listener);
    sockets.one.arrive(client());
  }
  ~AWatchBeforeTheLastConnection() override {
    Convoy taken;
    queue.hand_out_all(taken);
    stop.raise(StopStage::Forced);
    static_cast<void>(queue.take(as.worker, idle, clock.now()));
  }

  Bench idle;
};

TEST_F(AWatchBeforeTheLastConnection, CallsTheListenerWhenWhoStandsInRaisesTheStop) {
  let_enough_run();
  rest(very_long);
  await([this] {
    watch.stand_in(as.worker);
    return stopper.stage() == StopStage::Graceful;
  });
  await([this] { return risen.load(); });
}

TEST_F(AWatch, LetsAWorkerSleepForAMomentUntilSomethingIsReady) {
  let_enough_run();
  FakeHost& host = park_in(State::KeptAlive);
  std::optional<std::chrono::milliseconds> longest;
  poller.while_asleep = [&](std::optional<std::chrono::milliseconds> at_most) {
    longest = at_most;
    poller.make_ready(host.fake_socket, Sense::Readable);
  };
  rest(very_long);
  await([this] {
    watch.stand_in(as.worker);
    return queue.requests() == 1;
  });
  EXPECT_EQ(longest, 1ms);
  EXPECT_FALSE(risen) << "nobody had to be woken";
  let_time_pass_in_sleep();
  Convoy taken;
  queue.hand_out_all(taken);
  stand_in_until_risen();
}

// It may have been called for it, by whoever had the watch before.
TEST_F(AWatch, LetsNobodySleepWhileWorkWaits) {
  queue.push(connect_in(State::KeptAlive, client()), clock.now());
  bool slept = false;
  poller.while_asleep = [&](std::optional<std::chrono::milliseconds>) {
    slept = true;
    poller.wake();
  };
  rest(very_long);
  await([this] {
    watch.stand_in(as.worker);
    return poller.waiters() == 1;
  });
  EXPECT_FALSE(slept);
  let_time_pass_in_sleep();
  Convoy taken;
  queue.hand_out_all(taken);
  stand_in_until_risen();
}

// The listening socket is ready, but there is no connection for this child, or no room for one.
TEST_F(AWatch, CallsTheListenerWhenWhatIsReadyGivesNoWork) {
  acceptor.open(as.listener);
  poller.make_ready(sockets.one.fake_socket, Sense::Readable);
  rest(very_long);
  stand_in_until_risen();
}

// A worker that sees too late that the listener rests has gone to sleep without a call.
TEST_F(AWatch, EndsARestThatNobodyEnds) {
  rest(1us);
  listener.join();
  EXPECT_TRUE(risen);
}

TEST_F(AWatch, NeedsNobodyToStandInWhileTheListenerDoesNotRest) {
  make_one_ready();
  watch.stand_in(as.worker);
  Pretend::keep(watch, [this](const OnListener&) { watch.stand_in(as.worker); });
  EXPECT_EQ(queue.requests(), 0);
}

// The fake poller ends the program when two threads wait at a time; a ring that is lost ends it by the time
// limit.
TEST_F(AWatch, IsHadByOneThreadAtATime) {
  make_one_ready();
  std::atomic<bool> over{false};
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] {
      while (!over) watch.stand_in(as.worker);
    });
  }
  for (int i = 0; i < 200; ++i) {
    Pretend::keep(watch, [this](const OnListener& here) { dispatcher.brief_turn(here); });
    Pretend::rest(watch, 10us);
  }
  over = true;
  for (std::thread& worker : workers) worker.join();
}

}  // namespace
}  // namespace mpm
