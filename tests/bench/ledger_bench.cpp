#include "mpm/policy/ledger.hpp"

#include <cstddef>
#include <cstdint>

#include <benchmark/benchmark.h>

// The price of columns that are true now: each move changes two counts and two columns, shared by all
// workers.

namespace mpm {
namespace {

class SharedLedger : public benchmark::Fixture {
 public:
  // Before any thread runs; SetUp() would be called on all of them at once.
  SharedLedger() : ledger_(columns()) {}

 protected:
  [[nodiscard]] Ledger::Columns columns() noexcept {
    Ledger::Columns columns{.open = &record_[0], .by_state = {}};
    for (std::size_t state = 0; state < states; ++state) columns.by_state[state] = &record_[state + 1];
    return columns;
  }

  std::uint32_t record_[states + 1] = {};
  Ledger ledger_;
};

/// The three moves of a request.
BENCHMARK_DEFINE_F(SharedLedger, follows_a_request)(benchmark::State& state) {
  Ledger::Entry entry(ledger_);
  for (auto _ : state) {
    entry.move_to(State::Processing);
    entry.move_to(State::Flushing);
    entry.move_to(State::KeptAlive);
  }
}
BENCHMARK_REGISTER_F(SharedLedger, follows_a_request)->ThreadRange(1, 8)->UseRealTime();

BENCHMARK_DEFINE_F(SharedLedger, opens_and_closes)(benchmark::State& state) {
  for (auto _ : state) {
    const Ledger::Entry entry(ledger_);
    benchmark::ClobberMemory();
  }
}
BENCHMARK_REGISTER_F(SharedLedger, opens_and_closes)->ThreadRange(1, 8)->UseRealTime();

}  // namespace
}  // namespace mpm
