#include "bench/plain_host.hpp"

#include "child/roster.hpp"
#include "mpm/base/guarded.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <benchmark/benchmark.h>

// The run queue's inside: what is done under its lock for each request, against how much work waits and how
// many workers sleep; and the lock itself under threads.

namespace mpm {
namespace {

using std::chrono::microseconds;

/// Connections of which nothing is wanted but that they are handed about.
class Connections {
 public:
  explicit Connections(std::size_t count) : hosts_(count) {
    for (bench::PlainHost& host : hosts_) free_.push_back(Connection::make(host, ledger_));
  }
  [[nodiscard]] ConnectionPtr take() noexcept {
    ConnectionPtr taken = std::move(free_.back());
    free_.pop_back();
    return taken;
  }

 private:
  Ledger ledger_{Ledger::Columns{}};
  std::deque<bench::PlainHost> hosts_;
  std::vector<ConnectionPtr> free_;
};

ConnectionPtr connection_in(std::optional<Work> work) noexcept {
  return std::move(std::get<ConnectionPtr>(*work));
}

/// Another moment for each call, a microsecond apart.
class Moments {
 public:
  Instant next() noexcept { return now_ += microseconds{1}; }

 private:
  Instant now_{};
};

void roster_add_and_take(benchmark::State& state) {
  const auto waiting = static_cast<std::size_t>(state.range(0));
  Connections connections(waiting + 1);
  Roster roster(2);
  Bench worker;
  Moments moments;
  roster.enrol(worker, 0, moments.next());
  for (std::size_t i = 0; i < waiting; ++i) roster.add(connections.take(), moments.next());
  ConnectionPtr in_hand = connections.take();
  for (auto _ : state) {
    const Instant now = moments.next();
    roster.add(std::move(in_hand), now);
    in_hand = connection_in(roster.take(worker, now));
  }
  roster.leave(worker);
}
BENCHMARK(roster_add_and_take)->RangeMultiplier(16)->Range(1, 4096);

/// Work comes, the last one to fall asleep is called for it, takes it, and sleeps again.
void roster_call_a_sleeper(benchmark::State& state) {
  Connections connections(1);
  Roster roster(2);
  std::deque<Bench> workers(static_cast<std::size_t>(state.range(0)));
  Moments moments;
  for (Bench& worker : workers) {
    roster.enrol(worker, 0, moments.next());
    roster.rest(worker);
  }
  Bench& warm = workers.back();
  ConnectionPtr in_hand = connections.take();
  for (auto _ : state) {
    const Instant now = moments.next();
    Calls calls;
    roster.add(std::move(in_hand), now);
    roster.call_for_new_work(now, calls);
    roster.hear(warm);
    in_hand = connection_in(roster.take(warm, now));
    roster.rest(warm);
  }
  for (Bench& worker : workers) roster.leave(worker);
}
BENCHMARK(roster_call_a_sleeper)->RangeMultiplier(16)->Range(1, 4096);

/// Threads that each push a connection and take one, as fast as they can: far more often than workers do, who
/// serve a request in between.
class Contended : public benchmark::Fixture {
 public:
  static constexpr int most_threads = 8;

  // Before any thread runs; SetUp() would be called on all of them at once.
  Contended() {
    for (int i = 0; i < most_threads; ++i) {
      roster_.with([&](Roster& roster) { roster.add(connections_.take(), Instant{}); });
    }
  }

 protected:
  Connections connections_{most_threads};
  Guarded<Roster> roster_{2};
};

BENCHMARK_DEFINE_F(Contended, roster_under_their_lock)(benchmark::State& state) {
  Bench worker;
  Moments moments;
  roster_.with([&](Roster& roster) { roster.enrol(worker, 0, moments.next()); });
  for (auto _ : state) {
    const Instant now = moments.next();
    ConnectionPtr taken =
        roster_.with([&](Roster& roster) { return connection_in(roster.take(worker, now)); });
    roster_.with([&](Roster& roster) { roster.add(std::move(taken), now); });
  }
  roster_.with([&](Roster& roster) { roster.leave(worker); });
}
BENCHMARK_REGISTER_F(Contended, roster_under_their_lock)
    ->ThreadRange(1, Contended::most_threads)
    ->UseRealTime();

}  // namespace
}  // namespace mpm
