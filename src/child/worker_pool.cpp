#include "child/worker_pool.hpp"

namespace mpm {

WorkerPool::Started WorkerPool::start(const OnMain&, Worker::Surroundings& shared, Listener& listener,
                                      const Workforce& force) noexcept {
  workers_.reserve(static_cast<std::size_t>(force.workers));
  started_.reserve(static_cast<std::size_t>(force.workers) + 1);
  Status why;
  for (int slot = 0; slot < force.workers && why.is_ok(); ++slot) {
    around_.scoreboard.show(slot, WorkerStatus::Starting);
    workers_.push_back(std::make_unique<Worker>(shared, WorkerSlot{.process_slot = force.process_slot,
                                                                   .process_number = force.process_number,
                                                                   .thread_slot = slot}));
    if (!start_one(*workers_.back(), why)) {
      around_.scoreboard.show(slot, WorkerStatus::Dead);
      around_.journal.worker_not_started(why);
    }
  }
  if (started_.empty()) return Started::None;
  // Before the listener runs: a child that is short of threads must not say that it serves.
  if (!why.is_ok()) around_.stopper.fall_sick();
  Status listener_why;
  if (!start_one(listener, listener_why)) {
    around_.journal.listener_not_started(listener_why);
    return Started::None;
  }
  return why.is_ok() ? Started::All : Started::Some;
}

bool WorkerPool::start_one(ThreadBody& body, Status& why) noexcept {
  NativeThread* thread = nullptr;
  ++alive_;  // before it runs: it may say farewell at once
  why = around_.threads.start(body, thread);
  if (why.is_ok()) {
    started_.push_back(thread);
  } else {
    --alive_;
  }
  return why.is_ok();
}

void WorkerPool::gone() noexcept {
  --alive_;
  around_.main.wake();
}

void WorkerPool::sever(const OnMain&) noexcept {
  for (const auto& worker : workers_) worker->sever();
}

void WorkerPool::join(const OnMain&) noexcept {
  for (NativeThread* const thread : started_) {
    const Status joined = around_.threads.join(*thread);
    if (!joined.is_ok()) around_.journal.not_joined(joined);
  }
  started_.clear();
}

}  // namespace mpm
