#include "child_parts.hpp"

#include "fakes/table_names.hpp"
#include "fakes/wild_host.hpp"

#include <cstdio>
#include <cstdlib>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;

/// The real listener, queue, lot, acceptor, timers and driver on one thread, so that a seed decides
/// everything: while the listener sleeps, chance moves the world by one step, or lets the one worker take its
/// turn. After every step the books are compared with the connections.
class Simulation : public ChildParts, public Farewell {
 protected:
  Simulation() {
    poller.while_asleep = [this](auto) { step(); };
    poller.refuses = [this](const Watched& socket) {
      return &socket != &sockets.one.socket() && chance.permille(3);
    };
  }

  /// One child, until `end` steps have been made; then it is stopped, and goes on to its end.
  void live(long end) {
    stop_at = end;
    queue.enrol(as.worker, bench, clock.now());
    NativeThread self;
    listener.run(self);
    if (!retired) take_a_turn();
    ASSERT_TRUE(retired) << "a worker stays when its child has ended";
    queue.clear();
    lot.clear();
    clientele.end_all_suspended();
  }
  void gone() noexcept override { ++farewells; }

  void step() {
    ++steps;
    if (steps == stop_at) stopper.raise(chance.permille(800) ? StopStage::Graceful : StopStage::Forced);
    const int choice = chance.below(100);
    if (choice < 40) {
      take_a_turn();
    } else if (choice < 50) {
      connect();
    } else if (choice < 75) {
      clientele.stir_one(chance);
    } else if (choice < 97) {
      pass_some_time();
    } else if (choice < 98) {
      clientele.set_timer(call_after, microseconds{chance.below(100'000)});
    } else {
      clientele.end_one_suspended();
    }
    compare_the_books();
  }

  void take_a_turn() {
    if (retired) return;
    WorkQueue::Taken taken = queue.take(as.worker, bench, clock.now());
    if (Work* const work = std::get_if<Work>(&taken)) {
      if (TimerPtr* const timer = std::get_if<TimerPtr>(work)) {
        (*timer)->callback((*timer)->baton);
        driver.take_back(as.worker, slot, hand);
      } else {
        driver.drive(as.worker, std::move(std::get<ConnectionPtr>(*work)), slot, hand);
      }
      acceptor.room_made();
      return;
    }
    retired = std::holds_alternative<WorkQueue::Retire>(taken);
    if (retired) return;
    acceptor.room_made();
    queue.call_one(clock.now());
    queue.rest(as.worker, bench);
  }

  void connect() {
    if (clientele.alive() + sockets.one.waiting() >= 60) return;
    sockets.one.arrive(*new WildHost({.clientele = clientele,
                                      .poller = poller,
                                      .call_after = call_after,
                                      .queues = 2,
                                      .blocks_permille = 0},
                                     chance.next()));
  }

  void pass_some_time() {
    const int choice = chance.below(100);
    Duration time = microseconds{chance.below(1'000)};
    if (choice < 10) time = milliseconds{chance.below(300)};
    if (choice < 1) time = milliseconds{chance.below(20'000)};
    clock.advance(time);
  }

  void compare_the_books() {
    const std::array<int, states> counts = clientele.by_state();
    std::size_t open = 0;
    for (std::size_t state = 0; state < states; ++state) {
      open += static_cast<std::size_t>(counts[state]);
      if (ledger.in(static_cast<State>(state)) != counts[state]) {
        std::fprintf(stderr, "step %ld: %d connections are %s, the ledger has %d\n", steps, counts[state],
                     state_names[state], ledger.in(static_cast<State>(state)));
        std::abort();
      }
    }
    if (open != clientele.alive() || ledger.open() != static_cast<int>(open)) std::abort();
  }

  Chance chance{1};
  Clientele clientele{poller};
  const CallAfter call_after = [this](Duration after, Timer::Callback callback, void* baton) {
    timers.add(std::make_unique<Timer>(callback, baton), clock.now() + after);
  };
  Listener listener{around_listener(*this), 1};
  Bench bench;
  InHand hand;
  long steps = 0;
  long stop_at = 0;
  int farewells = 0;
  bool retired = false;
};

class AChildOnOneThread : public Simulation, public testing::WithParamInterface<int> {};

TEST_P(AChildOnOneThread, KeepsItsBooksRightAtEveryStep) {
  const char* const set = std::getenv("MPM_SEED");
  chance =
      Chance((set ? std::strtoull(set, nullptr, 10) : 7) * 1'000 + static_cast<std::uint64_t>(GetParam()));
  live(100'000);
  EXPECT_EQ(farewells, 1);
  EXPECT_EQ(clientele.born, clientele.ended);
  EXPECT_GT(clientele.born, 1'000);
  EXPECT_EQ(ledger.open(), 0);
  EXPECT_EQ(poller.watched(), 0U);
  while (ConnectionHost* const left = sockets.one.give_up()) delete static_cast<WildHost*>(left);
}
INSTANTIATE_TEST_SUITE_P(Seeds, AChildOnOneThread, testing::Range(0, 10));

}  // namespace
}  // namespace mpm
