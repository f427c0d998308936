#pragma once

#include <array>
#include <cstddef>

namespace mpm {

/// Where a connection is in its life. In AwaitingIo and KeptAlive the parking lot holds it, in Suspended a
/// module, in Closed nobody; otherwise a worker, the run queue, or the lot while it waits.
enum class State {
  Accepted,    ///< accept(2) returned it; no module has seen it yet
  Processing,  ///< in the process_connection hooks
  Flushing,    ///< its response is being written out (write completion)
  AwaitingIo,  ///< a module asked to be called again when the socket is ready
  KeptAlive,   ///< waits for the next request
  Suspended,   ///< a module took it over
  Lingering,   ///< our side is shut down, the client's last bytes are drained (RFC 9112, 9.6)
  Closed,
};
inline constexpr std::size_t states = 8;

/// What happened to a connection.
enum class Event {
  Opened,        ///< the connection hooks accepted it
  Refused,       ///< a create_connection or pre_connection hook did not want it
  WantsFlush,    ///< processed, by the hooks or by its module: write the rest, then keep alive or close
  WantsIo,       ///< processed: call again when the socket is ready
  WantsSuspend,  ///< processed: a module takes over
  Finished,      ///< no further request can come on it
  Flushed,       ///< everything is written and the client may send another request
  MoreInput,     ///< as Flushed, and that request has been read already (pipelining)
  Yielded,       ///< there is, or may soon be, more input, but it has had its turn
  Blocked,       ///< nothing more can be done until the socket is ready
  Ready,         ///< the socket is ready, or may be: it has rested
  Expired,       ///< it has waited as long as the configuration allows
  Evicted,       ///< it is quiet, and its place is needed
  Drained,       ///< the client has closed too, or the socket is broken
};
inline constexpr std::size_t events = 14;

/// What is to be done with a connection that has just changed its state.
enum class Then {
  Process,  ///< run the process_connection hooks
  Flush,    ///< write what the socket takes
  Queue,    ///< put it back into the run queue, behind those that wait
  Park,     ///< hand it to the parking lot
  LetGo,    ///< leave it to the module
  Linger,   ///< start or go on with lingering close
  Close,
};

struct Row {
  State from;
  Event on;
  State to;
  Then then;
};

/// The whole life of a connection. Nothing else in this project assigns a State.
inline constexpr std::array<Row, 24> table = {
    Row{State::Accepted, Event::Opened, State::Processing, Then::Process},
    Row{State::Accepted, Event::Refused, State::Closed, Then::Close},
    Row{State::Processing, Event::WantsFlush, State::Flushing, Then::Flush},
    Row{State::Processing, Event::WantsIo, State::AwaitingIo, Then::Park},
    Row{State::Processing, Event::WantsSuspend, State::Suspended, Then::LetGo},
    Row{State::Processing, Event::Finished, State::Lingering, Then::Linger},
    Row{State::Flushing, Event::Flushed, State::KeptAlive, Then::Park},
    Row{State::Flushing, Event::MoreInput, State::Processing, Then::Process},
    Row{State::Flushing, Event::Yielded, State::Flushing, Then::Queue},
    Row{State::Flushing, Event::Blocked, State::Flushing, Then::Park},
    Row{State::Flushing, Event::Finished, State::Lingering, Then::Linger},
    Row{State::Flushing, Event::Ready, State::Flushing, Then::Flush},
    Row{State::Flushing, Event::Expired, State::Lingering, Then::Linger},
    Row{State::AwaitingIo, Event::Ready, State::Processing, Then::Process},
    Row{State::AwaitingIo, Event::Expired, State::Lingering, Then::Linger},
    Row{State::KeptAlive, Event::Ready, State::Processing, Then::Process},
    Row{State::KeptAlive, Event::Expired, State::Lingering, Then::Linger},
    Row{State::KeptAlive, Event::Evicted, State::Lingering, Then::Linger},
    Row{State::Suspended, Event::WantsFlush, State::Flushing, Then::Flush},
    Row{State::Lingering, Event::Blocked, State::Lingering, Then::Park},
    Row{State::Lingering, Event::Yielded, State::Lingering, Then::Park},
    Row{State::Lingering, Event::Drained, State::Closed, Then::Close},
    Row{State::Lingering, Event::Ready, State::Lingering, Then::Linger},
    Row{State::Lingering, Event::Expired, State::Closed, Then::Close},
};

/// The row for `on` in state `from`, or null if the event cannot happen there. Pure; any thread.
constexpr const Row* step(State from, Event on) noexcept {
  for (const Row& row : table) {
    if (row.from == from && row.on == on) return &row;
  }
  return nullptr;
}

/// May a connection be parked in this state?
constexpr bool waits_in(State state) noexcept {
  for (const Row& row : table) {
    if (row.to == state && row.then == Then::Park) return true;
  }
  return false;
}

namespace table_check {

// Not step() != nullptr: with UBSan, g++ 12 no longer takes the address of a row for a constant.
constexpr bool answers(State from, Event on) {
  for (const Row& row : table) {
    if (row.from == from && row.on == on) return true;
  }
  return false;
}

constexpr bool every_wait_ends() {
  for (const Row& row : table) {
    if (waits_in(row.from) && !(answers(row.from, Event::Ready) && answers(row.from, Event::Expired)))
      return false;
  }
  return true;
}

constexpr bool no_row_is_hidden() {
  for (const Row& row : table) {
    if (step(row.from, row.on) != &row) return false;
  }
  return true;
}

constexpr bool every_state_is_reached() {
  for (std::size_t s = 1; s < states; ++s) {
    bool reached = false;
    for (const Row& row : table) reached = reached || row.to == static_cast<State>(s);
    if (!reached) return false;
  }
  return true;
}

constexpr bool closed_is_the_end() {
  for (const Row& row : table) {
    if (row.from == State::Closed || ((row.to == State::Closed) != (row.then == Then::Close))) return false;
  }
  return true;
}

static_assert(every_wait_ends(), "a parked connection must answer to readiness and to its deadline");
static_assert(no_row_is_hidden(), "two rows for one event in one state");
static_assert(every_state_is_reached(), "a state that no event leads to");
static_assert(closed_is_the_end(), "closing and Closed must go together, and nothing follows");

}  // namespace table_check
}  // namespace mpm
