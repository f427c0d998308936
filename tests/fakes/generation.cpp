#include "fakes/generation.hpp"

#include "fakes/table_names.hpp"

#include <cstdio>
#include <thread>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t most_alive = 120;

}  // namespace

Generation::Generation(std::uint64_t seed, int lives) : chance_(seed), lives_(lives) {
  for (const Duration timeout : {30s, 40s, 60s}) plan_.number_for(timeout);
  arrange_refusals();
  world_.thread_states.wants = [this](ThreadId) { return looks_++ % 3 == 0; };
  world_.scoreboard.children = 1 + chance_.below(3);
  child_ = std::make_unique<ChildProcess>(world_.ports(), plan_, random_setup());
}

ChildProcess::Setup Generation::random_setup() {
  return {.quota = {.threads_per_child = 1 + chance_.below(8),
                    .per_idle = Factor::of_millionths(500'000 + 1'000'000 * chance_.below(8)),
                    .connections = chance_.permille(150) ? 1 + chance_.below(lives_) : 0},
          .processors = 2 + chance_.below(3)};
}

void Generation::arrange_refusals() {
  const FakeSocket* const listening = &world_.sockets.one.fake_socket;
  const int cases = chance_.permille(50) ? 1000 : 0;
  world_.poller.refuses = [listening, cases,
                           rolls = Chance(chance_.next())](const FakeSocket& socket) mutable {
    return rolls.permille(&socket == listening ? cases : 3);
  };
  if (chance_.permille(50)) {
    world_.threads.refuses = [unlucky = chance_.below(7)](int nth) { return nth == unlucky; };
  }
}

void Generation::live() {
  rest_at_ = lives_ / 3;
  std::thread main([this] {
    child_->run();
    over_ = true;
  });
  std::thread modules([this, seed = chance_.next()] { play(seed); });
  while (!over_) {
    act(chance_);
    if (clientele_.born >= rest_at_) come_to_rest();
    stop_in_time();
  }
  main.join();
  modules.join();
}

void Generation::play(std::uint64_t seed) {
  for (Chance chance(seed); !over_;) {
    if (pause_) {
      paused_ = true;
      await([this] { return !pause_ || over_; });
      paused_ = false;
    }
    act(chance);
  }
}

void Generation::act(Chance& chance) {
  // The world is not so much faster than the child that work only piles up.
  for (int i = 0; i < 10 && !world_.poller.asleep(); ++i) std::this_thread::yield();
  const int choice = chance.below(100);
  if (choice < 25) {
    connect(chance);
  } else if (choice < 75) {
    for (int i = chance.below(4); i >= 0; --i) clientele_.stir_one(chance);
  } else if (choice < 92) {
    pass_some_time(chance);
  } else if (choice < 94) {
    clientele_.set_timer(call_after_, microseconds{chance.below(100'000)});
  } else if (choice < 97) {
    clientele_.end_one_suspended();
  } else if (!forced_) {  // a forced stop has to break what blocks
    clientele_.release_the_blocked();
  }
}

void Generation::pass_some_time(Chance& chance) {
  const int choice = chance.below(1000);
  Duration time = microseconds{chance.below(500)};
  if (choice < 100) time = milliseconds{chance.below(10)};
  if (choice < 15) time = milliseconds{chance.below(400)};
  if (choice < 2) time = milliseconds{chance.below(8'000)};
  world_.clock.advance(time);
}

void Generation::connect(Chance& chance) {
  if (clientele_.alive() + world_.sockets.one.waiting() >= most_alive) return;
  if (chance.below(20'000) == 0) {
    world_.sockets.one.fall_short();
    return;
  }
  const WildHost::Surroundings around{.clientele = clientele_,
                                      .poller = world_.poller,
                                      .call_after = call_after_,
                                      .queues = 3,
                                      .blocks_permille = 5};
  world_.sockets.one.arrive(*new WildHost(around, chance.another()));
}

void Generation::stop_in_time() {
  if (stopped_ || clientele_.born < lives_) return;
  stopped_ = true;
  const int choice = chance_.below(100);
  if (choice < 70) world_.summons.ask(StopStage::Graceful);
  if (choice >= 70 || choice < 15) {
    for (int i = chance_.below(200); i > 0; --i) act(chance_);
    forced_ = true;
    world_.summons.ask(StopStage::Forced);
  }
}

void Generation::come_to_rest() {
  rest_at_ += lives_ / 3;
  ++rests_;
  pause_ = true;
  await([this] { return paused_ || over_; });
  // Whatever waits for a worker is seen to within milliseconds, while the nearest deadline of a parked
  // connection may be half a minute away.
  pass_until([this] { return books_are_right(); }, 1ms, "the child does not come to rest; ");
  // Nobody speaks or comes: one deadline after the other passes, until nobody is left to wait for.
  send_the_rest_home();
  pass_until([this] { return nobody_is_left(); }, 100ms, "a connection outlives its deadlines; ");
  pause_ = false;
}

bool Generation::nobody_is_left() {
  return world_.poller.asleep() && clientele_.alive() == 0 &&
         (world_.scoreboard.accepting == Scoreboard::Accepting::Yes || child_->stage() != StopStage::Running);
}

template <class Condition>
void Generation::pass_until(Condition&& condition, Duration step, const char* otherwise) {
  constexpr int most_steps = 5'000;
  constexpr int most_looks = 1'000'000;  // while a worker has something in hand
  int steps = 0;
  int looks = 0;
  while (!over_ && !condition()) {
    clientele_.release_the_blocked();
    clientele_.end_one_suspended();
    if (world_.poller.asleep()) {
      const bool quiet = clientele_.quiet();
      world_.clock.advance(quiet ? step : Duration{1ms});
      if (++(quiet ? steps : looks) > (quiet ? most_steps : most_looks)) {
        faults_ += otherwise;
        describe();
        return;
      }
    }
    std::this_thread::yield();
  }
}

bool Generation::books_are_right() {
  if (!world_.poller.asleep() || !clientele_.quiet()) return false;
  const std::array<int, states> counts = clientele_.by_state();
  for (std::size_t state = 0; state < states; ++state) {
    const auto column = world_.scoreboard.in(static_cast<State>(state));
    if (column != static_cast<std::uint32_t>(counts[state])) return false;
  }
  return world_.scoreboard.open() == clientele_.alive();
}

std::string Generation::faults() {
  const auto check = [this](bool good, const std::string& otherwise) {
    if (!good) faults_ += otherwise + "; ";
  };
  child_->end_connections();
  clientele_.end_all_suspended();
  check(clientele_.born == clientele_.ended, "not every connection has ended");
  check(clientele_.blocked == 0, "a worker is still blocked");
  check(world_.scoreboard.open() == 0, "the ledger counts open connections");
  for (const State state : {State::Accepted, State::Processing, State::Flushing, State::AwaitingIo,
                            State::KeptAlive, State::Suspended, State::Lingering, State::Closed}) {
    check(world_.scoreboard.in(state) == 0, std::string("the ledger counts ") + name(state));
  }
  child_.reset();
  check(world_.poller.watched() == 0, "sockets are still watched");
  send_the_rest_home();
  return faults_;
}

void Generation::send_the_rest_home() {
  while (ConnectionHost* const left = world_.sockets.one.give_up()) delete static_cast<WildHost*>(left);
}

void Generation::describe() {
  std::fprintf(stderr, "born %d, ended %d, alive %zu, blocked %d, backlog %zu, stage %d\n",
               clientele_.born.load(), clientele_.ended.load(), clientele_.alive(), clientele_.blocked.load(),
               world_.sockets.one.waiting(), static_cast<int>(child_->stage()));
  std::fprintf(stderr, "watched %zu, listener asleep %d, open %u\n", world_.poller.watched(),
               world_.poller.asleep() ? 1 : 0, world_.scoreboard.open());
  for (std::size_t state = 0; state < states; ++state) {
    std::fprintf(stderr, "%s %u\n", state_names[state], world_.scoreboard.in(static_cast<State>(state)));
  }
  for (const std::string& entry : world_.journal.entries()) std::fprintf(stderr, "%s\n", entry.c_str());
}

}  // namespace mpm
