#include "child/connection_driver.hpp"

#include "mpm/policy/turn.hpp"

#include <utility>

namespace mpm {

void ConnectionDriver::drive(const OnWorker& here, ConnectionPtr connection, const WorkerSlot& slot,
                             InHand& hand) noexcept {
  while ((connection = drive_once(here, std::move(connection), slot, hand)))
    connection->taken = around_.clock.now();
}

ConnectionPtr ConnectionDriver::drive_once(const OnWorker& here, ConnectionPtr connection,
                                           const WorkerSlot& slot, InHand& hand) noexcept {
  hand.hold(connection->host());
  // A forced stop severs what workers have in hand. It may have looked just before this one was in hand.
  if (around_.stopper.stage() == StopStage::Forced) hand.sever();
  const Then then = advance(here, *connection, take_up(here, *connection, slot));
  hand.let_go();
  if (then == Then::Queue) {
    requeue(here, std::move(connection));
  } else if (then == Then::Park) {
    park(here, std::move(connection));
  } else if (then == Then::LetGo) {
    return around_.suspensions.let_go(here, std::move(connection));
  }
  return nullptr;
}

void ConnectionDriver::call(const OnWorker& here, const Timer& timer, const WorkerSlot& slot,
                            InHand& hand) noexcept {
  around_.suspensions.begin_callback(here, slot.thread_slot);
  timer.callback(timer.baton);
  Convoy back;
  around_.suspensions.take_back(here, slot.thread_slot, back);
  ConnectionPtr first = back.take();
  if (!first) return;
  first->taken = around_.clock.now();
  leave_to_others(back, first->taken);
  drive(here, std::move(first), slot, hand);
}

// They need not wait for what comes of the first one. The listener has to see to it: it sleeps in the belief
// that whoever queues work takes some next, and this worker will not.
void ConnectionDriver::leave_to_others(Convoy& connections, Instant now) noexcept {
  if (connections.size() == 0) return;
  around_.queue.push(connections, now);
  around_.listener.wake();
}

Event ConnectionDriver::take_up(const OnWorker& here, Connection& connection,
                                const WorkerSlot& slot) noexcept {
  ConnectionHost& host = connection.host();
  if (connection.state() == State::Accepted) return host.open(here, slot);
  host.attach(here, slot);
  const Event event = connection.pending;
  if (event != Event::Expired && event != Event::Evicted) return event;
  // A request may have come since the listener took it out of the lot: one that has arrived is answered.
  if (connection.state() == State::KeptAlive && host.input_waits()) return Event::Ready;
  if (connection.state() == State::KeptAlive) connection.linger = Linger::Short;
  return event;
}

Then ConnectionDriver::advance(const OnWorker& here, Connection& connection, Event event) noexcept {
  ConnectionHost& host = connection.host();
  for (;;) {
    const Then then = connection.on(event);
    switch (then) {
      case Then::Process:
        event = host.process(here);
        break;
      case Then::Flush:
        event = flush(here, connection);
        break;
      case Then::Linger:
        event = lingering_.advance(here, connection);
        break;
      case Then::Queue:
      case Then::Park:
      case Then::LetGo:
      case Then::Close:
        return then;
    }
  }
}

Event ConnectionDriver::flush(const OnWorker& here, Connection& connection) noexcept {
  const Event event = connection.host().flush(here);
  if (event != Event::MoreInput || around_.queue.empty()) return event;
  return has_had_its_turn(connection.taken, around_.clock.now()) ? Event::Yielded : event;
}

void ConnectionDriver::requeue(const OnWorker& here, ConnectionPtr connection) noexcept {
  connection->pending = Event::MoreInput;
  detach(here, *connection);
  around_.queue.push(std::move(connection), around_.clock.now());
}

void ConnectionDriver::detach(const OnWorker& here, Connection& connection) noexcept {
  connection.host().detach(here);
  connection.host().unseat();
}

void ConnectionDriver::park(const OnWorker& here, ConnectionPtr connection) noexcept {
  const State state = connection->state();
  connection->host().show(here, state);
  detach(here, *connection);
  const Status parked = around_.lot.park(connection, around_.clock.now());
  if (!parked.is_ok()) tell_refusal(state, parked);  // and the handle, still here, ends it
}

void ConnectionDriver::tell_refusal(State state, Status why) noexcept {
  const Instant now = around_.clock.now();
  if (refusals_.with([now](Repeats& refusals) { return refusals.once_more(now); }))
    around_.journal.not_parked(state, why);
}

}  // namespace mpm
