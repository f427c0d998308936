#include "fakes/fake_host.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace mpm {

SoleUse::SoleUse(std::atomic<bool>& used) : used_(used) {
  if (used.exchange(true, std::memory_order_relaxed)) {
    std::fputs("two threads use one connection\n", stderr);
    std::abort();
  }
}

FakeHost::~FakeHost() {
  if (made_ && ended == 0) {
    std::fputs("a connection was lost\n", stderr);
    std::abort();
  }
}

void* FakeHost::room(std::size_t size, Destroy destroy) noexcept {
  room_ = std::make_unique<std::byte[]>(size);
  destroy_ = destroy;
  made_ = room_.get();
  return made_;
}

Event FakeHost::open(const OnWorker&, const WorkerSlot& slot) noexcept {
  const SoleUse use(used_);
  calls.emplace_back("open");
  slots.push_back(slot.thread_slot);
  return opens;
}

void FakeHost::attach(const OnWorker&, const WorkerSlot& slot) noexcept {
  const SoleUse use(used_);
  calls.emplace_back("attach");
  slots.push_back(slot.thread_slot);
}

void FakeHost::detach(const OnWorker&) noexcept {
  {
    const SoleUse use(used_);
    calls.emplace_back("detach");
  }
  if (during_detach) during_detach();
  ++detached;
}

Event FakeHost::process(const OnWorker&) noexcept {
  const SoleUse use(used_);
  calls.emplace_back("process");
  if (during_process) during_process();
  return next(processes, Event::WantsFlush);
}

Event FakeHost::flush(const OnWorker&) noexcept {
  const SoleUse use(used_);
  calls.emplace_back("flush");
  return next(flushes, Event::Flushed);
}

Event FakeHost::start_linger(const OnWorker&, Linger& kind) noexcept {
  const SoleUse use(used_);
  calls.emplace_back(kind == Linger::Short ? "start_linger short" : "start_linger");
  if (during_linger) during_linger();
  if (wish == Linger::Short) kind = Linger::Short;
  return lingers;
}

Event FakeHost::drain(const OnWorker&) noexcept {
  const SoleUse use(used_);
  calls.emplace_back("drain");
  return next(drains, Event::Drained);
}

void FakeHost::show(const OnWorker&, State) noexcept {
  const SoleUse use(used_);
  calls.emplace_back("show");
}

Sense FakeHost::sense(State state) noexcept {
  return state == State::Flushing ? Sense::Writable : Sense::Readable;
}

QueueNumber FakeHost::queue(State state) const noexcept {
  return state == State::KeptAlive ? keep_alive_queue : io_queue;
}

void FakeHost::sever() noexcept { severed = true; }

void FakeHost::end() noexcept {
  {
    const SoleUse use(used_);
    if (++ended > 1) std::abort();
  }
  destroy_(made_);
  room_.reset();
}

Event FakeHost::next(std::deque<Event>& answers, Event otherwise) {
  if (answers.empty()) return otherwise;
  const Event answer = answers.front();
  answers.pop_front();
  return answer;
}

}  // namespace mpm
