#include "mpm/policy/deadline_board.hpp"
#include "mpm/policy/linger.hpp"

#include <chrono>
#include <cstddef>
#include <deque>

#include <benchmark/benchmark.h>

// What the parking lot asks of its board, against how many connections are parked in it, and against how many
// different timeouts the configuration has.

namespace mpm {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr Instant start{seconds{1000}};

TimeoutPlan plan_of(std::size_t queues) {
  TimeoutPlan plan;
  for (std::size_t queue = 0; queue < queues; ++queue) {
    static_cast<void>(plan.number_for(seconds{5} + seconds{queue}));
  }
  return plan;
}

/// A board with connections on it; takes them off again.
class Crowd {
 public:
  Crowd(std::size_t queues, std::size_t waiting, Waiter::For what)
      : plan_(plan_of(queues)), board_(plan_), waiters_(waiting) {
    std::size_t number = 0;
    for (Waiter& waiter : waiters_) {
      const Instant now = start + microseconds{number};
      if (what == Waiter::For::Client) {
        waiter.lingers_until = now + normal_linger;
        static_cast<void>(board_.enter_lingering(waiter, now));
      } else {
        static_cast<void>(board_.enter(waiter, what, number % queues, now));
      }
      ++number;
    }
  }
  ~Crowd() {
    while (Waiter* const left = board_.any()) board_.leave(*left);
  }

  [[nodiscard]] DeadlineBoard& board() noexcept { return board_; }
  [[nodiscard]] Waiter& in_the_middle() noexcept { return waiters_[waiters_.size() / 2]; }

 private:
  TimeoutPlan plan_;
  DeadlineBoard board_;
  std::deque<Waiter> waiters_;
};

void board_keeps_one_alive(benchmark::State& state) {
  Crowd crowd(1, static_cast<std::size_t>(state.range(0)), Waiter::For::NextRequest);
  Waiter& one = crowd.in_the_middle();
  Instant now = start + seconds{1};
  for (auto _ : state) {
    crowd.board().leave(one);
    now += microseconds{1};
    benchmark::DoNotOptimize(crowd.board().enter(one, Waiter::For::NextRequest, 0, now));
  }
}
BENCHMARK(board_keeps_one_alive)->RangeMultiplier(16)->Range(16, 65536);

void board_lets_one_linger(benchmark::State& state) {
  Crowd crowd(1, static_cast<std::size_t>(state.range(0)), Waiter::For::Client);
  Waiter& one = crowd.in_the_middle();
  Instant now = start + seconds{1};
  for (auto _ : state) {
    crowd.board().leave(one);
    now += microseconds{1};
    one.lingers_until = now + short_linger;
    benchmark::DoNotOptimize(crowd.board().enter_lingering(one, now));
  }
}
BENCHMARK(board_lets_one_linger)->RangeMultiplier(16)->Range(16, 65536);

void board_hurries_all_that_linger(benchmark::State& state) {
  Crowd crowd(1, static_cast<std::size_t>(state.range(0)), Waiter::For::Client);
  const Instant now = start + seconds{1};
  for (auto _ : state) {
    crowd.board().hurry(now);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(board_hurries_all_that_linger)->RangeMultiplier(16)->Range(16, 65536);

// What the listener asks in every turn, though nothing is due: by the number of different timeouts.
void board_finds_nothing_due(benchmark::State& state) {
  Crowd crowd(static_cast<std::size_t>(state.range(0)), 4096, Waiter::For::NextRequest);
  const Instant now = start + seconds{1};
  for (auto _ : state) benchmark::DoNotOptimize(crowd.board().due(now));
}
BENCHMARK(board_finds_nothing_due)->RangeMultiplier(4)->Range(1, 256);

void board_promises(benchmark::State& state) {
  Crowd crowd(static_cast<std::size_t>(state.range(0)), 4096, Waiter::For::NextRequest);
  const Instant now = start + seconds{1};
  for (auto _ : state) benchmark::DoNotOptimize(crowd.board().promise(now));
}
BENCHMARK(board_promises)->RangeMultiplier(4)->Range(1, 256);

void board_finds_the_oldest_to_evict(benchmark::State& state) {
  Crowd crowd(static_cast<std::size_t>(state.range(0)), 4096, Waiter::For::NextRequest);
  const Instant now = start + seconds{1};
  for (auto _ : state) benchmark::DoNotOptimize(crowd.board().oldest_kept_alive(now));
}
BENCHMARK(board_finds_the_oldest_to_evict)->RangeMultiplier(4)->Range(1, 256);

}  // namespace
}  // namespace mpm
