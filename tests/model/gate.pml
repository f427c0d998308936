/*
 * The gate: Acceptor::accept, hold, reconsider and room_made. Clients wait in the backlog; the listener accepts while
 * admit() allows it, otherwise holds the gate and sleeps without an end. Whoever makes room wakes it.
 *
 * At a standstill nobody may wait at a gate that could be open.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef CLIENTS
#define CLIENTS 3
#endif
#define CONNECTIONS CLIENTS

#include "pollset.inc"
#include "run_queue.inc"

byte backlog = CLIENTS;
byte open_connections;  /* Ledger::open */
byte idle;              /* WorkQueue::idle_, written under the queue's lock */
bool watched = true;    /* the listening sockets are in the pollset */
bool held;              /* Acceptor::held_ */
byte suspended;          /* connections that a module keeps */
bool over;

/* admit(), with limits so low that a few connections reach them */
#define ADMITTED(connections, workers)  ((workers) > 0 && (connections) < 1 + (workers))

#define AT_REST  (SLEEPERS + n_called)
inline publish() { idle = (AT_REST > len(lane) -> AT_REST - len(lane) : 0) }

/* Acceptor::load: one after the other */
inline look_at_load() {
  connections = open_connections;
  workers = idle
}

inline forget_load() { connections = 0; workers = 0 }  /* what is not needed any more only makes more states */

/* ---- the listener ---- */

/* Acceptor::accept_one */
inline accept_one() {
  atomic { backlog--; open_connections++ };
  atomic { lane!0; call_for_work(0); publish() };
  ring_bells()
}

/* Acceptor::accept */
inline accept() {
  if
  :: backlog > 0 && watched && !held ->
     look_at_load();
     if
     :: atomic { ADMITTED(connections, workers) -> forget_load() };
        accept_one()
     :: atomic { !ADMITTED(connections, workers) -> forget_load(); watched = false };
        held = true
     fi
  :: else
  fi
}

/* Acceptor::reconsider and accept_waiting */
inline reconsider() {
  if
  :: held ->
     look_at_load();
     do
     :: atomic { !ADMITTED(connections, workers) -> forget_load(); break }
     :: atomic { ADMITTED(connections, workers) && backlog > 0 -> forget_load() };
        accept_one();
        look_at_load()
     :: atomic { ADMITTED(connections, workers) && backlog == 0 -> forget_load(); held = false };
        watched = true;
        break
     od
  :: else
  fi
}

proctype Listener() {
  byte calls, count, connections, workers;
  do
  :: atomic { (wakeup_pipe || (watched && backlog > 0)) };
     drain_wakeup_pipe();
#ifdef RECONSIDER_BEFORE_HOLD
     /* the bug: nobody looks again between holding the gate and sleeping */
     reconsider();
     accept()
#else
     accept();
     reconsider()
#endif
  :: over -> break
  od
}

/* ---- the workers ---- */

/* Acceptor::room_made */
inline room_made() {
  if
  :: held ->
     look_at_load();
     if
     :: atomic { ADMITTED(connections, workers) -> forget_load() };
        wake_poller()
     :: atomic { !ADMITTED(connections, workers) -> forget_load() }
     fi
  :: else
  fi
}

proctype Worker(byte me) {
  byte calls, count, connections, workers;
  do
  :: over -> break
  :: atomic { nempty(lane) -> lane?_; row[me] = Running; publish() };
     room_made();
     if
     :: open_connections--; room_made()  /* Departures */
#ifdef SUSPENDING
     :: suspended++
#else
     :: true  /* it stays open */
#endif
     fi
#ifdef ROOM_MADE_BEFORE_IDLE
  /* the bug: looks at the gate, and then becomes idle */
  :: empty(lane) ->
     room_made();
     if
     :: atomic { empty(lane) -> row[me] = Sleeping; publish() };
        rest(me, over)
     :: atomic { nempty(lane) }
     fi
#else
  :: atomic { empty(lane) -> row[me] = Sleeping; publish() };
     room_made();
     rest(me, over)
#endif
  od
}

#ifdef SUSPENDING
/* A module that ends a suspended connection on a thread of its own: no worker is there to look once more. */
proctype Module() {
  byte connections, workers;
  do
  :: atomic { suspended > 0 -> suspended-- };
#ifdef ROOM_MADE_BEFORE_COUNT
     room_made();  /* the bug: looks at the gate, and then lowers the count */
     open_connections--
#else
     open_connections--;
     room_made()
#endif
  :: true -> break  /* it keeps the others */
  od
}
#endif

/* Enabled when nobody else can do anything. */
proctype Standstill() {
  timeout;
  assert(backlog == 0 || !ADMITTED(open_connections, idle));
  assert(empty(lane));
  over = true
}

init {
  atomic {
    row[0] = Running; row[1] = Running; row[2] = Running;
    run Listener();
    run Worker(0);
#if WORKERS > 1
    run Worker(1);
#endif
#ifdef SUSPENDING
    run Module();
#endif
    run Standstill()
  }
}
