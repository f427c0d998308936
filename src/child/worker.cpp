#include "child/worker.hpp"

#include <utility>

namespace mpm {

void Worker::run(NativeThread& self) noexcept {
  const OnWorker here;
  slot_.thread = &self;
  around_.scoreboard.sign_in(slot_.thread_slot);
  around_.queue.enrol(here, bench_, around_.clock.now());
  while (turn(here)) {
  }
  around_.scoreboard.show(slot_.thread_slot, WorkerStatus::Dead);
  around_.farewell.gone();
}

bool Worker::turn(const OnWorker& here) noexcept {
  const bool stopping = around_.stopper.stage() != StopStage::Running;
  around_.scoreboard.show(slot_.thread_slot, stopping ? WorkerStatus::Leaving : WorkerStatus::Ready);

  WorkQueue::Taken taken = around_.queue.take(here, bench_, around_.clock.now());
  if (std::holds_alternative<WorkQueue::Retire>(taken)) return false;
  Work* const work = std::get_if<Work>(&taken);
  if (work) do_work(here, std::move(*work));
  // This worker is idle, or a connection that it had lingers now: either may make room for a new one.
  around_.acceptor.room_made();
  if (!work) around_.queue.rest(here, bench_);
  return true;
}

void Worker::do_work(const OnWorker& here, Work work) noexcept {
  if (TimerPtr* const timer = std::get_if<TimerPtr>(&work)) {
    (*timer)->callback((*timer)->baton);
  } else {
    around_.driver.drive(here, std::move(std::get<ConnectionPtr>(work)), slot_, hand_);
  }
}

}  // namespace mpm
