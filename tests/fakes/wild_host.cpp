#include "fakes/wild_host.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace mpm {
namespace {

using std::chrono::microseconds;

void end_it(void* host) { static_cast<WildHost*>(host)->end(); }

}  // namespace

void Clientele::add(WildHost& host) {
  const std::lock_guard hold(mutex_);
  host.place_ = alive_.size();
  alive_.push_back(&host);
  ++born;
}

void Clientele::remove(WildHost& host) {
  const std::lock_guard hold(mutex_);
  if (host.place_ >= alive_.size() || alive_[host.place_] != &host) std::abort();  // ended twice
  alive_[host.place_] = alive_.back();
  alive_[host.place_]->place_ = host.place_;
  alive_.pop_back();
  ++ended;
  ended.notify_all();
}

void Clientele::stir_one(Chance& chance) {
  const std::lock_guard hold(mutex_);
  if (alive_.empty()) return;
  WildHost& host = *alive_[static_cast<std::size_t>(chance.below(static_cast<int>(alive_.size())))];
  poller_.make_ready(host.socket_, chance.permille(600) ? Sense::Readable : Sense::Writable);
}

void Clientele::set_timer(const CallAfter& call_after, Duration after) {
  constexpr int many = 50;
  if (timers >= many) return;
  ++timers;
  call_after(
      after, [](void* clientele) { --static_cast<Clientele*>(clientele)->timers; }, this);
}

void Clientele::suspended(WildHost& host) {
  const std::lock_guard hold(mutex_);
  ownerless_.push_back(&host);
}

void Clientele::end_one_suspended() {
  WildHost* ending = nullptr;
  {
    const std::lock_guard hold(mutex_);
    if (ownerless_.empty()) return;
    ending = ownerless_.back();
    ownerless_.pop_back();
  }
  ending->end();
}

void Clientele::end_all_suspended() {
  while (alive() > 0) {
    WildHost* host = nullptr;
    {
      const std::lock_guard hold(mutex_);
      host = alive_.back();
      if (host->state_ != State::Suspended) std::abort();  // the child has lost it
    }
    host->end();
  }
  const std::lock_guard hold(mutex_);
  ownerless_.clear();
}

std::size_t Clientele::alive() {
  const std::lock_guard hold(mutex_);
  return alive_.size();
}

bool Clientele::quiet() {
  const std::lock_guard hold(mutex_);
  return std::ranges::all_of(alive_, [this](const WildHost* host) {
    // It keeps its place in the pollset while a worker has it.
    return (!host->is_seated_ && poller_.is_quiet(host->socket_)) ||
           (host->state_ == State::Suspended && !host->is_awaited_);
  });
}

std::array<int, states> Clientele::by_state() {
  const std::lock_guard hold(mutex_);
  std::array<int, states> counts{};
  for (const WildHost* host : alive_) ++counts[static_cast<std::size_t>(host->state_.load())];
  return counts;
}

void* WildHost::room(std::size_t size, Destroy destroy) noexcept {
  room_ = std::make_unique<std::byte[]>(size);
  destroy_ = destroy;
  around_.clientele.add(*this);
  return room_.get();
}

Event WildHost::answer(Event event) {
  around_.clientele.happened[static_cast<std::size_t>(event)].fetch_add(1, std::memory_order_relaxed);
  return event;
}

Event WildHost::open(const OnWorker&, const WorkerSlot&) noexcept {
  const SoleUse use(used_);
  return answer(chance_.permille(20) ? Event::Refused : Event::Opened);
}

void WildHost::attach(const OnWorker&, const WorkerSlot&) noexcept {
  const SoleUse use(used_);
  if (is_seated_.exchange(true)) std::abort();  // nobody has let it go
  given_back_in_ = std::thread::id{};
  is_awaited_ = false;
}

void WildHost::detach(const OnWorker&) noexcept {
  const std::function<void()> meanwhile = around_.meanwhile;
  give_up();
  meanwhile();
}

void WildHost::give_up() {
  bool suspend = false;
  bool coming_back = false;
  bool by_callback = false;
  Timer::Callback fate = &end_it;
  Duration after{};
  bool at_once = false;
  Clientele& clientele = around_.clientele;
  {
    const SoleUse use(used_);
    suspend = std::exchange(wants_suspend_, false);
    coming_back = std::exchange(is_coming_back_, false);
    at_once = suspend && chance_.permille(100);
    by_callback = chance_.permille(600);
    if (chance_.permille(600)) fate = &give_back;
    after = microseconds{chance_.below(300'000)};
    if (suspend) state_ = State::Suspended;
    if (coming_back) dawdle();
  }
  if (!suspend || coming_back) return;
  // From here on its module may end it at any time, in a callback or in a thread of its own.
  if (by_callback) {
    is_awaited_ = true;
    around_.call_after(after, fate, this);
  } else {
    clientele.suspended(*this);
    if (at_once) clientele.end_one_suspended();
  }
}

bool WildHost::was_given_back(const Caller& caller) const noexcept { return given_back_in_ == caller.thread; }

void WildHost::give_back(void* host) {
  static_cast<WildHost*>(host)->given_back_in_ = std::this_thread::get_id();
}

void WildHost::block() {
  ++around_.clientele.blocked;
  for (std::uint32_t epoch = around_.clientele.epoch; !severed_;) {
    around_.clientele.epoch.wait(epoch);
    if (around_.clientele.epoch != epoch) break;
  }
  --around_.clientele.blocked;
}

void WildHost::dawdle() {
  for (int i = chance_.below(60); i > 0; --i) std::this_thread::yield();
}

void WildHost::consume() {
  if (chance_.permille(950)) around_.poller.make_unready(socket_, Sense::Readable);
}

Event WildHost::process(const OnWorker&) noexcept {
  const SoleUse use(used_);
  state_ = State::Processing;
  around_.meanwhile();
  consume();
  if (chance_.permille(around_.blocks_permille)) block();
  if (chance_.permille(30)) {
    around_.clientele.set_timer(around_.call_after, microseconds{chance_.below(20'000)});
  }
  const int fate = chance_.below(100);
  if (fate < 70) return answer(Event::WantsFlush);
  if (fate < 80) return answer(Event::WantsIo);
  if (fate < 92) return answer(Event::Finished);
  wants_suspend_ = true;
  is_coming_back_ = chance_.permille(100);
  if (is_coming_back_) {
    is_awaited_ = true;
    around_.call_after(microseconds{chance_.below(100)}, &give_back, this);
    dawdle();
  }
  return answer(Event::WantsSuspend);
}

Event WildHost::flush(const OnWorker&) noexcept {
  const SoleUse use(used_);
  state_ = State::Flushing;
  around_.meanwhile();
  if (chance_.permille(950)) around_.poller.make_unready(socket_, Sense::Writable);
  const int fate = chance_.below(100);
  if (fate < 50) return answer(Event::Flushed);
  if (fate < 60) return answer(Event::MoreInput);
  return answer(fate < 80 ? Event::Blocked : Event::Finished);
}

Event WildHost::start_linger(const OnWorker&, Linger& kind) noexcept {
  const SoleUse use(used_);
  state_ = State::Lingering;
  around_.meanwhile();
  if (chance_.permille(300)) kind = Linger::Short;
  return answer(chance_.permille(700) ? Event::Blocked : Event::Drained);
}

Event WildHost::drain(const OnWorker&) noexcept {
  const SoleUse use(used_);
  consume();
  if (chance_.permille(200)) return answer(Event::Yielded);
  return answer(chance_.permille(600) ? Event::Blocked : Event::Drained);
}

void WildHost::show(const OnWorker&, State state) noexcept {
  const SoleUse use(used_);
  state_ = state;
}

Sense WildHost::sense(State state) noexcept {
  const SoleUse use(used_);
  state_ = state;
  return chance_.permille(700) ? Sense::Readable : Sense::Writable;
}

QueueNumber WildHost::queue(State) const noexcept {
  const SoleUse use(used_);
  return static_cast<QueueNumber>(chance_.below(around_.queues));
}

bool WildHost::input_waits() const noexcept {
  const SoleUse use(used_);
  return chance_.permille(200);
}

void WildHost::sever() noexcept {
  severed_ = true;
  around_.clientele.release_the_blocked();
}

void WildHost::end() noexcept {
  {
    const SoleUse use(used_);
    state_ = State::Closed;
    destroy_(room_.get());
    around_.clientele.remove(*this);
  }
  delete this;
}

}  // namespace mpm
