/*
 * The gate: Acceptor::accept, hold, reconsider and room_made. Clients wait in the backlog; the listener accepts while
 * admit() allows it, otherwise holds the gate and sleeps without an end. Whoever makes room wakes it.
 *
 * At a standstill nobody may wait at a gate that could be open.
 *
 *   (default)  All clients wait from the beginning.
 *   SUSPENDING A module keeps connections, and ends some of them.
 *   LATE       One client comes at any moment, and another child may take one that waits: so nobody may be left behind
 *              a held gate, and somebody may come there later.
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

#ifdef LATE
byte backlog = CLIENTS - 1;
#else
byte backlog = CLIENTS;
#endif
byte open_connections;  /* Ledger::open */
byte closing;           /* Ledger::in(Lingering) */
byte idle;              /* WorkQueue::idle_, written under the queue's lock */
bool watched = true;    /* the listening sockets are in the pollset */
bool held;              /* Acceptor::held_ */
bool timing;            /* Turnover counts the time of who waits behind the gate */
byte suspended;          /* connections that a module keeps */
bool flushing;          /* a worker waits for a client that does not read */
bool over;

/* admit(), with limits so low that a few connections reach them */
#define ADMITTED(connections, ending, workers)  ((workers) > 0 && (connections) < 1 + (workers) + (ending))

#define AT_REST  (SLEEPERS + n_called)
inline publish() { idle = (AT_REST > len(lane) -> AT_REST - len(lane) : 0) }

/* Acceptor::load: one after the other */
inline look_at_load() {
  connections = open_connections;
  ending = closing;
  workers = idle
}

inline forget_load() { connections = 0; ending = 0; workers = 0 }  /* what is not needed any more only makes more states */

/* ---- the listener ---- */

/* Backlog::accept, Acceptor::take_in */
inline take_in() {
  if
  :: atomic { backlog > 0 -> backlog--; open_connections++ };
     atomic { lane!0; call_for_work(0); publish() };
     ring_bells()
  :: atomic { backlog == 0 }  /* another child was quicker */
  fi
}

/* Acceptor::accept */
inline accept() {
  if
  :: backlog > 0 && watched && held -> watched = false; timing = true
  :: backlog > 0 && watched && !held ->
     look_at_load();
     if
     :: atomic { ADMITTED(connections, ending, workers) -> forget_load() };
        take_in()
     :: atomic { !ADMITTED(connections, ending, workers) -> forget_load(); watched = false };
        held = true;
        timing = true
     fi
  :: else
  fi
}

/* Acceptor::reconsider, take_in_waiting and ask_to_leave */
inline reconsider() {
  if
  :: held ->
     look_at_load();
     do
     :: atomic { !ADMITTED(connections, ending, workers) -> forget_load(); break }
     :: atomic { ADMITTED(connections, ending, workers) && backlog > 0 -> forget_load() };
        take_in();
        look_at_load()
     :: atomic { ADMITTED(connections, ending, workers) && backlog == 0 -> forget_load(); held = false };
        timing = false;
        watched = true;
        break
     od;
#ifdef LATE
     if
     :: held && !watched && backlog == 0 ->
        timing = false;
#ifndef DESERTED_UNWATCHED
        watched = true
#endif
     :: true  /* no step is due */
     fi
#endif
  :: else
  fi
}

proctype Listener() {
  byte calls, count, connections, ending, workers;
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
     :: atomic { ADMITTED(connections, ending, workers) -> forget_load() };
        wake_poller()
     :: atomic { !ADMITTED(connections, ending, workers) -> forget_load() }
     fi
  :: else
  fi
}

proctype Worker(byte me) {
  byte calls, count, connections, ending, workers;
  do
  :: over -> break
  :: atomic { nempty(lane) -> lane?_; row[me] = Running; publish() };
     room_made();
     if
     :: closing++;  /* Departures::connection_closing, and then connection_ended */
#ifndef CLOSING_TELLS_NOBODY
        room_made();
#endif
        if
        :: closing--; open_connections--; room_made()
        :: atomic { !flushing -> flushing = true };  /* takes its time before the end, and this worker with it */
           over
        fi
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
  byte connections, ending, workers;
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

#ifdef LATE
proctype Others() {
  do
  :: backlog++; break
  :: atomic { backlog > 0 -> backlog-- }; backlog++; break
  od
}
#endif

/* Enabled when nobody else can do anything. */
proctype Standstill() {
  timeout;
  assert(backlog == 0 || !ADMITTED(open_connections, closing, idle));
  assert(backlog == 0 || timing);
  assert(empty(lane) || flushing);  /* relieved after a time: handoff.pml */
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
#ifdef LATE
    run Others();
#endif
    run Standstill()
  }
}
