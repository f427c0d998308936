#include "fakes/simulation.hpp"

#include "fakes/table_names.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t most_alive = 60;
constexpr int most_steps_to_the_end = 2'000;

}  // namespace

// A processor more than there are workers: the listener never rests, which would take real time.
Simulation::Simulation(const Chance& chance, const Shape& shape)
    : PartsOfAChild(shape.quota, shape.workers + shape.reserve + 1), chance_(chance), shape_(shape) {
  poller.while_asleep = [this](auto longest) { asleep(longest); };
  poller.refuses = [this](const FakeSocket& socket) {
    return &socket != &sockets.one.fake_socket && chance_.permille(3);
  };
  thread_states.wants = [this](ThreadId) { return chance_.permille(500); };
  for (int i = 0; i < shape_.workers; ++i) {
    queue.enrol(as.worker, workers_.emplace_back().bench, clock.now());
  }
  queue.reserve(as.main, shape_.reserve);
}

Simulation::~Simulation() {
  while (ConnectionHost* const left = sockets.one.give_up()) delete static_cast<WildHost*>(left);
}

void Simulation::live() {
  NativeThread self;
  listener_.run(self);
  must(farewells_ == 1, "the listener ends without a farewell");
  send_workers_home();
  must(stop.stage() == StopStage::Forced || clientele_.alive() == 0, "a graceful end leaves connections");
  Convoy left;
  queue.hand_out_all(left);
  lot.hand_out_all(left);
  left.sever();
  left.end();
  clientele_.end_all_suspended();
  must(clientele_.born == clientele_.ended, "not every connection has ended");
  must(ledger.open() == 0, "the ledger counts open connections");
  must(poller.watched() == 0, "a socket is still watched");
  compare_the_books();
}

void Simulation::send_workers_home() {
  while (one_comes()) {
  }
  while (!std::ranges::all_of(workers_, [](const Hired& worker) { return worker.is == Hired::Is::Gone; })) {
    bool moved = false;
    for (Hired& worker : workers_) moved = take_a_turn(worker) || moved;
    must(moved, "a worker stays when its child has ended");
  }
}

void Simulation::asleep(std::optional<milliseconds> longest) {
  step();
  look_who_is_forgotten(longest);
}

void Simulation::meanwhile() {
  if (chance_.tape_ended()) return;
  if (chance_.permille(100)) static_cast<void>(acceptor.claim_last_answer(Transport::Plain));
  if (chance_.permille(150)) step();
}

void Simulation::step() {
  ++steps_;
  if (chance_.tape_ended()) {
    wind_up();
  } else {
    if (steps_ == shape_.steps) stop_child(chance_.permille(800) ? StopStage::Graceful : StopStage::Forced);
    happen();
  }
  compare_the_books();
}

void Simulation::happen() {
  const int choice = chance_.below(100);
  if (choice < 4) {
    hire(chance_.permille(100) ? 1 : 0);
  } else if (choice < 8 && one_comes()) {
    return;
  } else if (choice < 40) {
    take_a_turn(workers_[static_cast<std::size_t>(chance_.below(static_cast<int>(workers_.size())))]);
  } else if (choice < 50) {
    connect();
  } else if (choice < 75) {
    clientele_.stir_one(chance_);
  } else if (choice < 97) {
    pass_some_time();
  } else if (choice < 98) {
    clientele_.set_timer(call_after_, microseconds{chance_.below(100'000)});
  } else if (choice < 99 || shape_.trouble == Trouble::None) {
    clientele_.end_one_suspended();
  } else {
    make_trouble();
  }
}

void Simulation::wind_up() {
  must(++winding_up_ < most_steps_to_the_end, "the child does not end");
  stop_child(StopStage::Graceful);
  hire(0);
  one_comes();
  for (Hired& worker : workers_) take_a_turn(worker);
  clientele_.end_one_suspended();
  clock.advance(winding_up_ % 2 == 0 ? Duration{1s} : Duration{1ms});
}

void Simulation::hire(int ahead) {
  if (stop.stage() == StopStage::Forced) return;
  static_cast<void>(summons.wait(as.main, stop.stage(), milliseconds::zero()));
  const int drafted = queue.draft(as.main, ahead, clock.now());
  if (drafted > 0 && shape_.trouble == Trouble::Some && chance_.permille(200)) {
    queue.lose(as.main, drafted);
    const auto missing = shape_.workers + shape_.reserve - coming_ - static_cast<int>(workers_.size());
    if (chance_.permille(500)) queue.reserve(as.main, missing);
  } else {
    coming_ += drafted;
  }
}

bool Simulation::one_comes() {
  if (coming_ == 0) return false;
  --coming_;
  queue.enrol(as.worker, workers_.emplace_back().bench, clock.now());
  return true;
}

bool Simulation::take_a_turn(Hired& worker) {
  if (worker.is == Hired::Is::Asleep && Pretend::is_called(worker.bench)) {
    queue.rest(as.worker, worker.bench);
    worker.is = Hired::Is::Awake;
  }
  if (worker.is != Hired::Is::Awake) return false;
  WorkQueue::Taken taken = queue.take(as.worker, worker.bench, clock.now());
  if (std::holds_alternative<WorkQueue::Retire>(taken)) {
    worker.is = Hired::Is::Gone;
    return true;
  }
  acceptor.room_made();
  if (Work* const work = std::get_if<Work>(&taken)) {
    worker.is = Hired::Is::AtWork;
    do_work(worker, std::move(*work));
    worker.is = Hired::Is::Awake;
  } else {
    worker.is = Hired::Is::Asleep;
  }
  return true;
}

void Simulation::do_work(Hired& worker, Work work) {
  if (TimerPtr* const timer = std::get_if<TimerPtr>(&work)) {
    driver.call(as.worker, **timer, slot, worker.hand);
  } else {
    driver.drive(as.worker, std::move(std::get<ConnectionPtr>(work)), slot, worker.hand);
  }
}

void Simulation::make_trouble() {
  switch (chance_.below(6)) {
    case 0:
      return stop_child(StopStage::Forced);
    case 1:
      return poller.break_down(Status{9});
    case 2:
      return sockets.one.fall_short();
    case 3:
      return poller.refuse(Status{28}, 1 + chance_.below(4));
    default:
      return stop_child(StopStage::Graceful);
  }
}

void Simulation::stop_child(StopStage stage) {
  stopper.raise(stage);
  if (stage != StopStage::Forced) return;
  for (Hired& worker : workers_) worker.hand.sever();
}

void Simulation::connect() {
  if (clientele_.alive() + sockets.one.waiting() >= most_alive) return;
  sockets.one.arrive(*new WildHost({.clientele = clientele_,
                                    .poller = poller,
                                    .call_after = call_after_,
                                    .queues = 2,
                                    .blocks_permille = 0,
                                    .meanwhile = [this] { meanwhile(); }},
                                   chance_.another()));
}

void Simulation::pass_some_time() {
  const int choice = chance_.below(100);
  Duration time = microseconds{chance_.below(1'000)};
  if (choice < 10) time = milliseconds{chance_.below(300)};
  if (choice < 1) time = milliseconds{chance_.below(20'000)};
  clock.advance(time);
}

void Simulation::compare_the_books() {
  const std::array<int, states> counts = clientele_.by_state();
  std::size_t open = 0;
  for (std::size_t state = 0; state < states; ++state) {
    const int count = counts[state];
    open += static_cast<std::size_t>(count);
    if (ledger.in(static_cast<State>(state)) != count) std::fprintf(stderr, "%s: ", state_names[state]);
    must(ledger.in(static_cast<State>(state)) == count, "the ledger counts others than there are");
    must(scoreboard.in(static_cast<State>(state)) == static_cast<std::uint32_t>(count),
         "the scoreboard shows others than there are");
  }
  must(open == clientele_.alive() && ledger.open() == static_cast<int>(open), "the ledger's sum is wrong");
}

void Simulation::look_who_is_forgotten(std::optional<milliseconds> longest) {
  if (!poller.asleep() || !all_workers_sleep()) return;
  must(queue.empty() || (longest && *longest <= 2ms), "work waits, and nobody is called for it");
  must(!acceptor.held() || ledger.open() > 0, "the gate is held in an empty child");
}

bool Simulation::all_workers_sleep() {
  if (coming_ > 0 || summons.woken()) return false;
  return std::ranges::all_of(workers_, [](const Hired& worker) {
    return worker.is == Hired::Is::Gone ||
           (worker.is == Hired::Is::Asleep && !Pretend::is_called(worker.bench));
  });
}

void Simulation::must(bool good, const char* otherwise) const {
  if (good) return;
  std::fprintf(stderr, "after %ld steps: %s\n", steps_, otherwise);
  std::abort();
}

}  // namespace mpm
