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
  around_.scoreboard.show(slot_.thread_slot, stopping ? WorkerStatus::Draining : WorkerStatus::Ready);

  WorkQueue::Taken taken = around_.queue.take(here, bench_, around_.clock.now());
  if (std::holds_alternative<WorkQueue::Retire>(taken)) return false;
  // The last piece of work may have made room, and so does taking another: a sleeper may be idle now that was
  // needed for it. Before the work, which may take long.
  around_.acceptor.room_made();
  if (Work* const work = std::get_if<Work>(&taken)) {
    do_work(here, std::move(*work));
  } else {
    // It counts as a sleeper already, and may be called for what it finds.
    around_.watch.stand_in(here);
    around_.queue.rest(here, bench_);
  }
  return true;
}

void Worker::do_work(const OnWorker& here, Work work) noexcept {
  if (TimerPtr* const timer = std::get_if<TimerPtr>(&work)) {
    around_.driver.call(here, **timer, slot_, hand_);
  } else {
    around_.driver.drive(here, std::move(std::get<ConnectionPtr>(work)), slot_, hand_);
  }
}

}  // namespace mpm
