#include "mpm/policy/connection_table.hpp"

#include <array>

#include <benchmark/benchmark.h>

// The table is searched from its beginning for each event: how much that costs, at its ends and for a whole
// request.

namespace mpm {
namespace {

void table_steps(benchmark::State& state, State from, Event on) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(from);
    benchmark::DoNotOptimize(on);
    benchmark::DoNotOptimize(step(from, on));
  }
}
BENCHMARK_CAPTURE(table_steps, first_row, table.front().from, table.front().on);
BENCHMARK_CAPTURE(table_steps, last_row, table.back().from, table.back().on);
BENCHMARK_CAPTURE(table_steps, no_row, State::Closed, Event::Ready);

/// The three events of a request on a kept-alive connection.
void table_serves_a_request(benchmark::State& state) {
  std::array events{Event::Ready, Event::WantsFlush, Event::Flushed};
  State at = State::KeptAlive;
  for (auto _ : state) {
    benchmark::DoNotOptimize(events);
    for (const Event event : events) at = step(at, event)->to;
  }
  benchmark::DoNotOptimize(at);
}
BENCHMARK(table_serves_a_request);

}  // namespace
}  // namespace mpm
