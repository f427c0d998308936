#include "mpm/policy/timer_heap.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include <benchmark/benchmark.h>

// Timed callbacks, against how many are pending. Each is one allocation, which is timed with it.

namespace mpm {
namespace {

using std::chrono::microseconds;

/// Times between `from` and a second later, far from sorted, the same in every run.
class Times {
 public:
  explicit Times(Instant from) noexcept : from_(from) {}
  Instant next() noexcept {
    seed_ = seed_ * 6364136223846793005U + 1442695040888963407U;
    return from_ + microseconds{static_cast<std::int64_t>(seed_ >> 44)};
  }

 private:
  Instant from_;
  std::uint64_t seed_ = 1;
};

TimerPtr make_timer() {
  return std::make_unique<Timer>([](void*) {}, nullptr);
}

void timer_is_added_and_fires(benchmark::State& state) {
  TimerHeap heap;
  Times times(Instant{});
  for (std::int64_t pending = 0; pending < state.range(0); ++pending) {
    static_cast<void>(heap.add(make_timer(), times.next()));
  }
  Instant now{};
  for (auto _ : state) {
    now = *heap.next();
    TimerPtr fired = heap.due(now);
    benchmark::DoNotOptimize(fired);
    static_cast<void>(heap.add(make_timer(), now + (times.next() - Instant{})));
  }
}
BENCHMARK(timer_is_added_and_fires)->RangeMultiplier(16)->Range(1, 65536);

void no_timer_is_due(benchmark::State& state) {
  TimerHeap heap;
  Times times(Instant{microseconds{1}});
  for (std::int64_t pending = 0; pending < state.range(0); ++pending) {
    static_cast<void>(heap.add(make_timer(), times.next()));
  }
  for (auto _ : state) benchmark::DoNotOptimize(heap.due(Instant{}));
}
BENCHMARK(no_timer_is_due)->RangeMultiplier(256)->Range(1, 65536);

}  // namespace
}  // namespace mpm
