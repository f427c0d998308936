#include "roster_parts.hpp"

#include "mpm/policy/poll_wait.hpp"

#include <algorithm>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

/// 64 workers at the run queue, in fake time. A called worker takes its work at once; how long it keeps it is
/// the test's business. The listener sleeps in whole milliseconds.
struct AWaveOfRequests : ChildParts {
  static constexpr int size = 64;

  AWaveOfRequests() {
    for (int i = 0; i < size; ++i) {
      benches.push_back(std::make_unique<Bench>());
      roster.enrol(*benches.back(), i, clock.now());
      roster.rest(*benches.back());
    }
  }
  ~AWaveOfRequests() override {
    for (auto& bench : benches) roster.leave(*bench);
  }

  void arrive() {
    arrived = clock.now();
    for (int i = 0; i < size; ++i) roster.add(connect_in(State::KeptAlive, client()), arrived);
    Calls calls;
    roster.call_for_new_work(clock.now(), calls);
    start_those_called();
  }
  void start_those_called() {
    for (auto& bench : benches) {
      if (!roster.called(*bench)) continue;
      roster.hear(*bench);
      if (roster.take(*bench, clock.now())) {
        busy.push_back(bench.get());
        latest = clock.now() - arrived;
      } else {
        roster.rest(*bench);
      }
    }
    most_busy = std::max(most_busy, busy.size());
  }
  /// The listener sleeps and relieves until nothing waits.
  void listen() {
    while (roster.relieve_at()) relieve_once();
  }
  void relieve_once() {
    clock.advance(*poll_wait(clock.now(), roster.relieve_at()));
    const int blocked = look(roster, clock.now(), [this](ThreadId thread) {
      return thread < computing || thread == computing_alone;
    });
    Calls calls;
    roster.relieve(blocked, clock.now(), calls);
    start_those_called();
  }
  /// All who are busy finish; they take what waits, or rest.
  void finish() {
    for (Bench* const bench : std::exchange(busy, {})) {
      if (roster.take(*bench, clock.now())) {
        busy.push_back(bench);
      } else {
        roster.rest(*bench);
      }
    }
  }

  std::vector<std::unique_ptr<Bench>> benches;
  std::vector<Bench*> busy;
  Instant arrived{};
  Duration latest{};
  ThreadId computing = 0;  ///< the workers with a lower number than this
  ThreadId computing_alone = -1;
  std::size_t most_busy = 0;
  Roster roster{2};
};

TEST_F(AWaveOfRequests, ThatBlockStartsWithinTwoMillisecondsTheFirstTime) {
  arrive();
  EXPECT_EQ(busy.size(), 2U);
  listen();
  EXPECT_EQ(roster.waiting(), 0);
  EXPECT_EQ(busy.size(), 64U);
  EXPECT_LE(latest, 2ms);
}

TEST_F(AWaveOfRequests, ThatBlockStartsAtOnceWhenOneWentBefore) {
  arrive();
  listen();
  clock.advance(50ms);
  finish();
  clock.advance(20ms);

  arrive();
  EXPECT_EQ(busy.size(), 64U);
  EXPECT_EQ(latest, 0ms);
}

TEST_F(AWaveOfRequests, ThatBlockIsForgottenAfterAWhile) {
  arrive();
  listen();
  finish();
  clock.advance(1s);
  arrive();
  EXPECT_EQ(busy.size(), 2U);
}

TEST_F(AWaveOfRequests, ThatBlockBesideOneThatComputesStartsWithinTenMilliseconds) {
  computing = size;
  roster.add(connect_in(State::KeptAlive, client()), clock.now());
  Calls calls;
  roster.call_for_new_work(clock.now(), calls);
  start_those_called();
  ASSERT_EQ(busy.size(), 1U);
  clock.advance(5ms);
  computing = 0;
  arrive();
  const ThreadId hog = size - 1;  // last in, first out
  computing_alone = hog;
  listen();
  EXPECT_EQ(busy.size(), 64U);
  EXPECT_LE(latest, 10ms);
}

TEST_F(AWaveOfRequests, ThatComputeForLongIsHandedOutWhenThoseWhoBeganHaveComputedForTenMilliseconds) {
  computing = size;
  arrive();
  while (clock.now() < arrived + 9ms) relieve_once();
  EXPECT_EQ(busy.size(), 2U);
  listen();
  EXPECT_EQ(busy.size(), 64U);
  EXPECT_LE(latest, 12ms);
}

TEST_F(AWaveOfRequests, ThatAreQuicklyAnsweredWakesTwoWorkersInAll) {
  for (int wave = 0; wave < 100; ++wave) {
    arrive();
    while (!busy.empty()) {
      clock.advance(20us);
      finish();
    }
    EXPECT_EQ(roster.waiting(), 0);
    clock.advance(100us);
  }
  EXPECT_EQ(most_busy, 2U);
}

}  // namespace
}  // namespace mpm
