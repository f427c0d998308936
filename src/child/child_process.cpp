#include "child/child_process.hpp"

#include <memory>

namespace mpm {

ChildProcess::ChildProcess(const World& world, const TimeoutPlan& plan, const Setup& setup)
    : world_(world),
      ledger_(world.scoreboard.columns()),
      lot_(plan, world.poller),
      timers_(world.poller),
      queue_({.ledger = ledger_, .stop = stop_, .threads = world.thread_states, .main = world.summons},
             setup.processors),
      stopper_(stop_, {.main = world.summons, .listener = world.poller, .workers = queue_}, world.clock),
      acceptor_({.sockets = world.sockets,
                 .poller = world.poller,
                 .queue = queue_,
                 .ledger = ledger_,
                 .scoreboard = world.scoreboard,
                 .stopper = stopper_,
                 .journal = world.journal},
                setup.quota),
      departures_({.ledger = ledger_,
                   .acceptor = acceptor_,
                   .queue = queue_,
                   .poller = world.poller,
                   .stopper = stopper_,
                   .clock = world.clock}),
      suspensions_(setup.quota.threads_per_child),
      driver_({.lot = lot_,
               .queue = queue_,
               .suspensions = suspensions_,
               .clock = world.clock,
               .stopper = stopper_,
               .journal = world.journal,
               .listener = world.poller}),
      dispatcher_({.poller = world.poller,
                   .lot = lot_,
                   .timers = timers_,
                   .queue = queue_,
                   .acceptor = acceptor_,
                   .scoreboard = world.scoreboard,
                   .stopper = stopper_,
                   .journal = world.journal,
                   .clock = world.clock}),
      watch_(dispatcher_),
      pool_({.threads = world.threads,
             .queue = queue_,
             .scoreboard = world.scoreboard,
             .main = world.summons,
             .listener = world.poller,
             .stopper = stopper_,
             .journal = world.journal,
             .clock = world.clock},
            {.process_slot = setup.process_slot,
             .process_number = setup.process_number,
             .workers = setup.quota.threads_per_child},
            setup.processors),
      shared_{.queue = queue_,
              .watch = watch_,
              .driver = driver_,
              .acceptor = acceptor_,
              .scoreboard = world.scoreboard,
              .stopper = stopper_,
              .clock = world.clock,
              .farewell = pool_},
      listener_({.watch = watch_,
                 .dispatcher = dispatcher_,
                 .lot = lot_,
                 .queue = queue_,
                 .acceptor = acceptor_,
                 .ledger = ledger_,
                 .scoreboard = world.scoreboard,
                 .stopper = stopper_,
                 .clock = world.clock,
                 .farewell = pool_}) {
  ledger_.set_observer(departures_);
}

ChildEnd ChildProcess::run() noexcept {
  const OnMain here;
  start(here);
  wait_for_stop(here);
  pool_.stand_down(here);
  world_.journal.stopping(stop_.stage());
  world_.hooks.stopping(here, stop_.stage());
  drain(here);
  pool_.join(here);
  queue_.hand_out_all(left_);
  lot_.hand_out_all(left_);
  left_.sever();
  return stopper_.sick() ? ChildEnd::Sick : ChildEnd::Clean;
}

void ChildProcess::start(const OnMain& here) noexcept {
  const WorkerPool::Started workers = pool_.start(here, shared_);
  // Both before the listener runs: a child that is short of threads must not say that it serves, and a
  // request may ask whether it runs.
  if (workers != WorkerPool::Started::All) stopper_.fall_sick();
  world_.hooks.running(here);
  if (workers != WorkerPool::Started::None && pool_.start_listener(here, listener_)) return;
  stopper_.fall_sick();
  // Without a listener nothing can be accepted, and nobody would notice that the last connection has ended.
  stopper_.raise(StopStage::Forced);
}

void ChildProcess::wait_for_stop(const OnMain& here) noexcept {
  while (!stop_.stopping()) attend(here);
}

void ChildProcess::drain(const OnMain& here) noexcept {
  while (pool_.alive() > 0) {
    if (stop_.stage() == StopStage::Forced) pool_.sever(here);
    attend(here);
  }
}

void ChildProcess::attend(const OnMain& here) noexcept {
  heed(here, world_.summons.wait(here, stop_.stage(), pool_.longest_sleep(here)));
  pool_.start_more(here, shared_);
}

void ChildProcess::heed(const OnMain& here, const Summons::Wish& wish) noexcept {
  stopper_.raise(wish.stage);
  if (wish.row == Summons::Wish::Row::GiveUp) world_.scoreboard.give_up_row(here);
}

void ChildProcess::call_after(Duration after, Timer::Callback callback, void* baton) noexcept {
  const Instant now = world_.clock.now();
  const Instant at = after < Instant::max() - now ? now + after : Instant::max();
  timers_.add(std::make_unique<Timer>(callback, baton), at);
}

}  // namespace mpm
