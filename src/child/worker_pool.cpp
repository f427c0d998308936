#include "child/worker_pool.hpp"

#include "mpm/policy/poll_wait.hpp"

namespace mpm {

WorkerPool::Started WorkerPool::start(const OnMain& here, Worker::Surroundings& shared) noexcept {
  workers_.reserve(static_cast<std::size_t>(force_.workers));
  started_.reserve(static_cast<std::size_t>(force_.workers) + 1);
  show_vacant(WorkerStatus::Starting);
  around_.queue.reserve(here, force_.workers);
  const int wanted = around_.queue.draft(here, at_once_, around_.clock.now());
  Status why;
  const int begun = start_workers(wanted, shared, why);
  if (begun == wanted) return Started::All;
  around_.queue.lose(here, wanted - begun);
  show_vacant(WorkerStatus::Dead);
  around_.journal.worker_not_started(why);
  return begun > 0 ? Started::Some : Started::None;
}

bool WorkerPool::start_listener(const OnMain&, Listener& listener) noexcept {
  const Status started = start_one(listener);
  if (!started.is_ok()) {
    around_.journal.listener_not_started(started);
    return false;
  }
  recruitment_ = Recruitment(force_.workers, around_.clock.now());
  return true;
}

void WorkerPool::start_more(const OnMain& here, Worker::Surroundings& shared) noexcept {
  const StopStage stage = around_.stopper.stage();
  if (missing() == 0 || stage == StopStage::Forced) return;
  const int wanted = around_.queue.draft(here, ahead(here, stage), around_.clock.now());
  if (wanted == 0) return;
  Status why;
  const int started = start_workers(wanted, shared, why);
  if (started < wanted) return do_without(here, wanted - started, why);
  const bool was_short = recruitment_.is_short_of_threads();
  recruitment_.done(around_.clock.now());
  if (was_short) recover(here);
}

int WorkerPool::ahead(const OnMain& here, StopStage stage) noexcept {
  if (stage != StopStage::Running && !recruitment_.is_short_of_threads()) return 0;
  using enum Recruitment::Activity;
  const int due = recruitment_.due(around_.queue.calm(here) ? Calm : Busy, around_.clock.now());
  // One has to be had before any other may be called.
  if (recruitment_.is_short_of_threads()) around_.queue.reserve(here, due);
  return due;
}

void WorkerPool::do_without(const OnMain& here, int drafted, Status why) noexcept {
  const Instant now = around_.clock.now();
  show_vacant(WorkerStatus::Dead);
  around_.queue.lose(here, drafted);
  recruitment_.failed(now);
  if (failures_.once_more(now)) around_.journal.short_of_workers(static_cast<int>(workers_.size()), why);
}

void WorkerPool::recover(const OnMain& here) noexcept {
  around_.queue.reserve(here, missing());
  if (around_.stopper.stage() == StopStage::Running) show_vacant(WorkerStatus::Starting);
  around_.listener.wake();
}

void WorkerPool::stand_down(const OnMain&) noexcept { show_vacant(WorkerStatus::Dead); }

std::optional<std::chrono::milliseconds> WorkerPool::longest_sleep(const OnMain&) const noexcept {
  const StopStage stage = around_.stopper.stage();
  if (missing() == 0 || stage == StopStage::Forced) return std::nullopt;
  if (stage == StopStage::Graceful && !recruitment_.is_short_of_threads()) return std::nullopt;
  return poll_wait(around_.clock.now(), recruitment_.next());
}

int WorkerPool::start_workers(int count, Worker::Surroundings& shared, Status& why) noexcept {
  for (int started = 0; started < count; ++started) {
    workers_.push_back(
        std::make_unique<Worker>(shared, WorkerSlot{.process_slot = force_.process_slot,
                                                    .process_number = force_.process_number,
                                                    .thread_slot = static_cast<int>(workers_.size())}));
    why = start_one(*workers_.back());
    if (!why.is_ok()) {
      workers_.pop_back();
      return started;
    }
  }
  return count;
}

Status WorkerPool::start_one(ThreadBody& body) noexcept {
  NativeThread* thread = nullptr;
  ++alive_;  // before it runs: it may say farewell at once
  const Status started = around_.threads.start(body, thread);
  if (started.is_ok()) {
    started_.push_back(thread);
  } else {
    --alive_;
  }
  return started;
}

void WorkerPool::show_vacant(WorkerStatus status) noexcept {
  for (int slot = static_cast<int>(workers_.size()); slot < force_.workers; ++slot) {
    // It has the child before's pid until somebody signs in.
    if (status == WorkerStatus::Starting) around_.scoreboard.sign_in(slot);
    around_.scoreboard.show(slot, status);
  }
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
