#include "child/listener.hpp"

#include "child_parts.hpp"

#include <deque>
#include <functional>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using Longest = std::optional<std::chrono::milliseconds>;

/// The listener's own loop on the test's thread. Each time it sleeps, the next thing in `meanwhile` happens;
/// when there is nothing left, the child is forced to stop.
struct AListener : ChildParts, Farewell {
  AListener() {
    poller.while_asleep = [this](Longest longest) {
      slept.push_back(longest);
      if (meanwhile.empty()) {
        stopper.raise(StopStage::Forced);
        return;
      }
      const auto next = std::move(meanwhile.front());
      meanwhile.pop_front();
      next();
    };
  }
  ~AListener() override {
    stop.raise(StopStage::Forced);
    for (auto& bench : benches) static_cast<void>(queue.take(as.worker, *bench, clock.now()));
  }
  void gone() noexcept override { ++farewells; }

  void run() { listener.run(self); }
  void then(std::function<void()> thing) { meanwhile.push_back(std::move(thing)); }
  void idle_workers(int count) {
    while (count-- > 0) {
      benches.push_back(std::make_unique<Bench>());
      queue.enrol(as.worker, *benches.back(), clock.now());
      static_cast<void>(queue.take(as.worker, *benches.back(), clock.now()));
    }
  }
  /// Everything that waits in the queue, by name. The last thing that happens: it ends the child.
  std::vector<std::string> queued() {
    std::vector<std::string> names;
    Bench bench;
    queue.enrol(as.worker, bench, clock.now());
    for (;;) {
      WorkQueue::Taken taken = queue.take(as.worker, bench, clock.now());
      Work* const work = std::get_if<Work>(&taken);
      if (!work) break;
      names.push_back(name_of(*work));
    }
    stopper.raise(StopStage::Forced);
    static_cast<void>(queue.take(as.worker, bench, clock.now()));
    return names;
  }
  static std::string name_of(Work& work) {
    if (std::holds_alternative<TimerPtr>(work)) return "timer";
    const ConnectionPtr conn = std::move(std::get<ConnectionPtr>(work));
    if (conn->state() == State::Accepted) return "new";
    if (conn->pending == Event::Ready) return "ready";
    return conn->pending == Event::Evicted ? "evicted" : "expired";
  }

  NativeThread self;
  std::deque<std::function<void()>> meanwhile;
  std::vector<Longest> slept;
  std::vector<std::unique_ptr<Bench>> benches;
  int farewells = 0;
  Listener listener{{.poller = poller,
                     .lot = lot,
                     .timers = timers,
                     .queue = queue,
                     .acceptor = acceptor,
                     .ledger = ledger,
                     .scoreboard = scoreboard,
                     .stopper = stopper,
                     .journal = journal,
                     .clock = clock,
                     .farewell = *this},
                    4};
};

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

// --- what it hands out ---

TEST_F(AListener, HandsOutWhatIsReady) {
  FakeHost& host = park_in(State::KeptAlive);
  then([&] { poller.make_ready(host.fake_socket, Sense::Readable); });
  then([this] { EXPECT_THAT(queued(), ElementsAre("ready")); });
  run();
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

// --- eviction ---

TEST_F(AListener, EvictsTheQuietOnlyWhenWorkHasWaitedForAWhileAndNobodyIsIdle) {
  park_in(State::KeptAlive);
  queue.push(connect_in(State::KeptAlive, client()), clock.now());
  then([this] { poller.wake(); });  // the listener sees that work waits
  then([this] { clock.advance(EvictionPolicy::endurance - 1us); });
  then([this] {
    EXPECT_EQ(poller.watched(), 2U) << "the listening socket and it";
    clock.advance(1us);
  });
  then([this] { EXPECT_THAT(queued(), ElementsAre("ready", "evicted")); });
  run();
}

TEST_F(AListener, EvictsNobodyWhileAWorkerIsIdle) {
  park_in(State::KeptAlive);
  idle_workers(1);
  then([this] { poller.wake(); });
  then([this] { clock.advance(1s); });
  then([this] { poller.wake(); });
  then([this] { EXPECT_THAT(queued(), IsEmpty()); });
  run();
}

TEST_F(AListener, EvictsNobodyBecauseItHasEvictedOthers) {
  for (std::size_t i = 0; i < 2 * EvictionPolicy::batch; ++i) park_in(State::KeptAlive);
  queue.push(connect_in(State::KeptAlive, client()), clock.now());
  then([this] { poller.wake(); });
  then([this] {
    clock.advance(EvictionPolicy::endurance);
    // The work that waited is taken before the listener looks again.
    benches.push_back(std::make_unique<Bench>());
    queue.enrol(as.worker, *benches.back(), clock.now());
    static_cast<void>(queue.take(as.worker, *benches.back(), clock.now()));
  });
  then([this] { clock.advance(1s); });
  then([this] { EXPECT_THAT(queued(), IsEmpty()); });
  run();
}

// --- stopping ---

TEST_F(AListener, ClosesItsSocketsAndSaysThatItLeavesWhenTheChildDrains) {
  const ConnectionPtr open = connect(client());
  then([this] { stopper.raise(StopStage::Graceful); });
  then([this] {
    EXPECT_EQ(sockets.closed, 1);
    EXPECT_EQ(scoreboard.quiescing, 1);
    EXPECT_EQ(scoreboard.why, Scoreboard::Reason::Asked);
    for (std::size_t slot_shown = 0; slot_shown < 4; ++slot_shown) {
      EXPECT_EQ(scoreboard.statuses[slot_shown], WorkerStatus::Leaving);
    }
  });
  run();
  EXPECT_EQ(farewells, 1);
  EXPECT_EQ(sockets.closed, 1);
}

TEST_F(AListener, EndsWhenTheLastConnectionOfADrainingChildHasEnded) {
  ConnectionPtr open = connect(client());
  then([this] { stopper.raise(StopStage::Graceful); });
  then([&] { open.reset(); });
  run();
  EXPECT_EQ(stopper.stage(), StopStage::Graceful);
  EXPECT_EQ(farewells, 1);
}

TEST_F(AListener, EvictsWhateverIsQuietWhenTheChildDrains) {
  idle_workers(4);
  park_in(State::KeptAlive);
  then([this] { stopper.raise(StopStage::Graceful); });
  then([this] { clock.advance(EvictionPolicy::quiet_time); });
  then([this] { EXPECT_THAT(queued(), ElementsAre("evicted")); });
  run();
}

TEST_F(AListener, HurriesThoseThatLingerWhenTheChildDrains) {
  park_in(State::Lingering);
  then([this] { stopper.raise(StopStage::Graceful); });
  run();
  EXPECT_EQ(slept.back(), 2000ms);
}

TEST_F(AListener, EndsAtOnceInAForcedStop) {
  park_in(State::KeptAlive);
  then([this] { stopper.raise(StopStage::Forced); });
  run();
  EXPECT_EQ(farewells, 1);
  EXPECT_EQ(ledger.open(), 1);
}

TEST_F(AListener, LeavesSickAndThenAtOnceWhenThePollsetFails) {
  park_in(State::KeptAlive);
  then([this] { poller.break_down(Status{9}); });
  run();
  EXPECT_TRUE(stopper.sick());
  EXPECT_EQ(scoreboard.why, Scoreboard::Reason::Shortage);
  EXPECT_EQ(stopper.stage(), StopStage::Forced);
  EXPECT_THAT(journal.entries(), ElementsAre("poll failed", "poll failed"));
}

}  // namespace
}  // namespace mpm
