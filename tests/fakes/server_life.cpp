#include "fakes/server_life.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <set>
#include <vector>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int threads = 25;
/// So long after the last trouble, all is as it should be: a minute and a bit.
constexpr int seconds_of_calm = 70;

}  // namespace

ServerLife::ServerLife(const Chance& chance, Length length)
    : chance_(chance), length_(length), seats_(1 + chance_.below(8)) {
  for (int bucket = 0; bucket < static_cast<int>(pods.size()); ++bucket) {
    pods[static_cast<std::size_t>(bucket)].when_asked([this, bucket](int children, DeathPipe::Request) {
      drain_some(children, [this, bucket](const Seat& seat) {
        return control->children.is_current(seat) && seat.slot % limits_.buckets == bucket;
      });
    });
  }
  old_pods[0].when_asked([this](int children, DeathPipe::Request) {
    drain_some(children, [this](const Seat& seat) { return !control->children.is_current(seat); });
  });
  machine.upbringing([this](int pid) {
    if (chance_.tape_ended() || chance_.permille(500)) behave(pid);
  });
  machine.when_sent([this](int pid, Processes::Signal signal) { obey(pid, signal); });
  if (seats_ % 3 == 0) machine.with_other_children();
  schedule(1ms);
}

SpawnLimits ServerLife::configure() {
  const int buckets = 1 + chance_.below(std::min(seats_, 4));
  const int active = buckets + chance_.below(seats_ - buckets + 1);
  const int min_spare = buckets * threads + chance_.below(100);
  return {.min_spare_threads = min_spare,
          .max_spare_threads = min_spare + (threads + 1) * buckets + chance_.below(50),
          .max_workers = active * threads,
          .threads_per_child = threads,
          .active_limit = active,
          .server_limit = seats_,
          .buckets = buckets};
}

void ServerLife::live() {
  while (run_one() == ConfigurationEnd::Next::Configuration) {
  }
  must(machine.running().empty(), "a child outlives the server");
  must(machine.open_lifelines().empty(), "a lifeline is left open");
}

ConfigurationEnd::Next ServerLife::run_one() {
  machine.order(Order::None);
  limits_ = configure();
  begin(handover.generation(), limits_);
  control->maintenance.start(limits_.buckets + chance_.below(limits_.active_limit - limits_.buckets + 1));
  const ControlLoop::Ending ending = control->loop.run();
  stopping_ = ending.order == Order::Stop || ending.order == Order::StopGracefully;
  const ConfigurationEnd::Next next = control->end.finish(ending);
  if (machine.order() == Order::Restart) must(machine.running().empty(), "a child outlives a restart");
  if (machine.order() == Order::RestartGracefully) memory.hold_off = SpawnPolicy::hold_off_after_restart;
  return next;
}

void ServerLife::schedule(Duration later) {
  machine.at(machine.passed() + later, [this] { step(); });
}

void ServerLife::step() {
  compare_the_books();
  if (++steps_ == length_.steps) machine.order(Order::StopGracefully);
  if (chance_.tape_ended()) {
    calm_down();
    return schedule(1s);
  }
  happen();
  const int pause = chance_.below(8);
  schedule(pause < 4 ? Duration{1ms} : milliseconds{1 + chance_.below(pause < 7 ? 200 : 3'000)});
}

void ServerLife::happen() {
  const int choice = chance_.below(100);
  if (choice < 80) {
    one_child_acts();
  } else if (choice < 94) {
    machine_changes();
  } else if (choice < 98) {
    machine.order(choice < 97 ? Order::RestartGracefully : Order::Restart);
  } else if (length_.steps == 0) {
    machine.order(choice < 99 ? Order::StopGracefully : Order::Stop);
  }
}

void ServerLife::one_child_acts() {
  const auto& running = machine.running();
  if (running.empty()) return;
  const int pid = std::next(running.begin(), chance_.below(static_cast<int>(running.size())))->first;
  const int choice = chance_.below(20);
  if (choice < 6) return behave(pid);
  if (choice < 8) return drain(pid);
  if (choice < 9) return machine.lose(pid);
  if (choice < 14) {
    static constexpr std::array ends = {ExitKind::Clean, ExitKind::Clean, ExitKind::Crashed, ExitKind::Sick,
                                        ExitKind::Fatal};
    return machine.end(pid, ends[static_cast<std::size_t>(choice - 9)]);
  }
  if (choice < 16) {
    const int up = chance_.below(threads + 1);
    if (is_youngest_at_its_slot(pid))
      records[running.at(pid).place.slot].threads = {.idle = chance_.below(up + 1), .active = up};
    return;
  }
  static constexpr std::array words = {Word::Ailing, Word::GaveUpRow, Word::KeepsRow, Word::Gone};
  machine.say(pid, words[static_cast<std::size_t>(choice - 16)]);
}

void ServerLife::machine_changes() {
  static constexpr std::array<std::optional<Word>, 3> answers = {Word::GaveUpRow, Word::KeepsRow,
                                                                 std::nullopt};
  switch (chance_.below(6)) {
    case 0:
      return machine.refuse_forks(Status{11});
    case 1:
      return machine.allow_forks();
    case 2:
      return machine.when_asked_for_row(answers[static_cast<std::size_t>(chance_.below(3))]);
    case 3:
      obedient_ = chance_.permille(500);
      return;
    case 4:
      return machine.end_stranger(10, ExitKind::Fatal, Processes::Claim::Unclaimed);
    default:
      return machine.without_lifelines();
  }
}

void ServerLife::calm_down() {
  ++calm_steps_;
  obedient_ = true;
  machine.allow_forks();
  machine.when_asked_for_row(Word::GaveUpRow);
  std::set<int> leaving;
  for (const Seat& seat : control->children.used())
    if (seat.phase == Seat::Phase::Draining || !control->children.is_current(seat)) leaving.insert(seat.pid);
  std::vector<int> pids;
  for (const auto& [pid, child] : machine.running()) pids.push_back(pid);
  for (const int pid : pids) leaving.contains(pid) ? machine.end(pid) : behave(pid);
  if (calm_steps_ < seconds_of_calm || stopping_) return;
  must_have_enough_children();
  machine.order(Order::StopGracefully);
}

void ServerLife::behave(int pid) {
  const FakeProcesses::Child& child = machine.running().at(pid);
  machine.say(pid, Word::Serving);
  if (is_youngest_at_its_slot(pid)) records[child.place.slot].threads = {.idle = threads, .active = threads};
}

void ServerLife::drain(int pid) {
  if (is_youngest_at_its_slot(pid)) {
    FakeChildRecords::Record& record = records[machine.running().at(pid).place.slot];
    record.threads = {};
    record.draining = true;
  }
  machine.say(pid, Word::Draining);
}

void ServerLife::obey(int pid, Processes::Signal signal) {
  if (obedient_ || signal == Processes::Signal::Kill) machine.end(pid);
}

void ServerLife::drain_some(int children, const std::function<bool(const Seat&)>& reads) {
  std::vector<int> pids;
  for (const Seat& seat : control->children.used())
    if (seat.taken() && reads(seat) && machine.running().contains(seat.pid)) pids.push_back(seat.pid);
  for (const int pid : pids)
    if (obedient_ && children-- > 0) drain(pid);
}

bool ServerLife::is_youngest_at_its_slot(int pid) const {
  return machine.pid_at(machine.running().at(pid).place.slot) == pid;
}

void ServerLife::compare_the_books() {
  std::set<int> seated;
  std::set<int> numbers;
  std::set<int> lifelines;
  const int places = places_for(seats_);
  int highest = 0;
  for (int place = 0; place < places; ++place) {
    const Seat& seat = seats[static_cast<std::size_t>(place)];
    if (!seat.taken()) continue;
    look_at(seat, place);
    must(seated.insert(seat.pid).second, "a child has two seats");
    must(numbers.insert(seat.number).second, "two children have one number");
    must(seat.lifeline < 0 || lifelines.insert(seat.lifeline).second, "two children have one lifeline");
    highest = place + 1;
  }
  for (const auto& [pid, child] : machine.running()) must(seated.contains(pid), "a child has no seat");
  must(memory.seats_used == highest, "the highest place is another");
  must(machine.open_lifelines() == lifelines, "a lifeline is open and belongs to nobody");
  const Headcount heads = control->children.headcount();
  must(heads.total == static_cast<int>(seated.size()), "the headcount is wrong");
  must(heads.active <= limits_.active_limit, "more children are active than may be");
}

void ServerLife::look_at(const Seat& seat, int place) const {
  const bool is_row = place < seats_;
  must((seat.row == Seat::Row::GivenUp) != is_row, "who gave up its row has one, or the other way round");
  must(!is_row || seat.slot == place, "a seat is not where it says");
  must(seat.generation <= handover.generation(), "a child comes from the future");
}

void ServerLife::must_have_enough_children() {
  int idle = 0;
  const int buckets = limits_.buckets;
  for (int bucket = 0; bucket < buckets; ++bucket) {
    must(control->children.active_in(bucket) > 0, "a bucket has no child");
    idle += control->children.census(bucket).idle_threads;
  }
  const Headcount heads = control->children.headcount();
  must(idle >= limits_.min_spare_threads / buckets * buckets || heads.active == limits_.active_limit,
       "too few threads are idle");
  must(idle <= limits_.max_spare_threads + threads * buckets, "too many threads are idle");
}

void ServerLife::must(bool good, const char* otherwise) const {
  if (good) return;
  for (const std::string& line : journal.lines()) std::fprintf(stderr, "%s\n", line.c_str());
  std::fprintf(stderr, "after %ld steps, in configuration %d, with %d buckets, of %d children at most: %s\n",
               steps_, handover.generation(), limits_.buckets, limits_.active_limit, otherwise);
  std::abort();
}

}  // namespace mpm
