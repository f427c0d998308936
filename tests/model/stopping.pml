/*
 * The end of a child: StopSwitch and Stopper, the draining listener, WorkQueue::close, call_all, call_one and the
 * workers' retirement, Departures, WorkerPool and ChildProcess' main thread with its summons. The stop comes at any
 * moment; every thread must end. What the run queue does while nothing stops is in handoff.pml.
 *
 * One connection is parked. A worker serves it, parks it once more, or closes it. That it is ready, has expired or is
 * evicted comes to the same here. By default main is asked to stop gracefully, through the pipe of death. Variants:
 *
 *   SICK         A thread of the child raises the stage of its own accord, and nobody asks main.
 *   FORCED       Main gets a SIGTERM, with GRACEFUL after a byte in the pipe of death. A request may block until its
 *                connection is severed.
 *   SUSPENDING   A worker may leave the connection to a module, which ends it on a thread of its own.
 *   ACCEPTING    Instead of the parked connection, one waits to be accepted.
 *   STANDING_IN  The listener rests now and then, and workers stand in for it.
 *   RESERVE      So many workers have no thread at first; main starts whoever is called.
 *
 * What main is asked for is there from the beginning: that it comes later is the same as that main is slow.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#define CONNECTIONS 2

#include "pollset.inc"

bool own_pipe;  /* of ParentSummons: anything in it? */
#include "run_queue.inc"

mtype:place = { Backlog, Lot, Convoy, Lane, Hand, Suspended, Gone };
mtype:place place[CONNECTIONS];  /* who has the connection's handle */
bool parked[CONNECTIONS];   /* a worker has parked it: once is enough */
bool severed[CONNECTIONS];

inline hand_over(c, from, to) {
  assert(place[c] == from);
  place[c] = to
}

#ifdef RESERVE
bool nobody_starts;  /* main has come to its end: the model's, for who never got a thread */
#endif

/* ---- what everybody looks at ---- */

#define Serving   0  /* StopStage::Running; the name is taken by the row */
#define Graceful  1
#define Forced    2
byte stage;
byte open_connections;  /* Ledger::open */
bool closed;            /* Roster::closed_: no further connection will be accepted */
byte alive;             /* WorkerPool::alive_ */

/* ---- ParentSummons: main's own pipe, the pipe of death, a signal ---- */

chan death = [1] of { byte };   /* requests: Graceful or Forced */
bool term_pending;              /* a SIGTERM, blocked until main sleeps in ppoll(2) */
bool term_noted;                /* httpd's handler has run */

inline wake_main() { own_pipe = true }

/* ---- WorkQueue ---- */

inline push() {
  atomic {
    !locked ->
    if
    :: convoy == 1 -> hand_over(0, Convoy, Lane); lane!0
    :: convoy == 2 -> hand_over(1, Convoy, Lane); lane!1
    fi;
    convoy = 0;
    call_for_work(0)
  };
  ring_bells()
}

inline call_one() {
  atomic { !locked -> count = 1; call(count) };
  ring_bells()
}

/* Sleepers are counted once: those called first may be asleep again. Up to 64 are called under one hold of the lock. */
inline call_all() {
  atomic { !locked -> many = SLEEPERS };
  atomic { !locked -> count = many; many = 0; call(count) };
  ring_bells()
}

/* ---- Stopper::raise ---- */

inline raise(to) {
#ifdef STAGE_AFTER_WAKING
  /* the bug: wakes, and then raises the stage */
  if
  :: stage < to ->
     wake_poller();
     call_all();
     wake_main();
     stage = to
  :: else
  fi
#else
  if
  :: atomic { stage < to -> stage = to };
#ifndef LISTENER_NOT_WOKEN
     wake_poller();
#endif
     call_all();
     wake_main()
  :: atomic { stage >= to }
  fi
#endif
}

/* ---- the end of a connection: Ledger::Entry and Departures, on any thread ---- */

inline end_connection(c, from) {
#ifdef COUNT_AFTER_LOOKING
  /* the bug: looks at the stage before the connection is out of the count */
  seen = stage;
  atomic { hand_over(c, from, Gone); open_connections-- };
#else
  atomic { hand_over(c, from, Gone); open_connections-- };
  seen = stage;
#endif
  if
  :: atomic { seen != Serving -> seen = 0 };
#ifndef DEPARTURE_CALLS_NOBODY
     call_one();
#endif
     if
     :: open_connections == 0 ->
#ifndef LAST_ONE_IS_SILENT
        wake_poller()
#else
        skip
#endif
     :: else
     fi
  :: atomic { seen == Serving }  /* room_made: gate.pml */
  fi
}

/* ---- Dispatcher::turn ---- */

#define PARKED  (place[0] == Lot || place[1] == Lot)

bool promised;    /* DeadlineBoard::promised_: the listener's sleep has an end */
bool listening;   /* the listening sockets are open */

/* ParkingLot::take, expire and evict */
inline take_out() {
  atomic {
    if
    :: place[0] == Lot -> hand_over(0, Lot, Convoy); convoy = 1
    :: place[1] == Lot -> hand_over(1, Lot, Convoy); convoy = 2
    fi
  }
}

/* Backlog::accept, Acceptor::take_in */
inline take_in() {
  if
  :: atomic { listening && place[1] == Backlog -> hand_over(1, Backlog, Convoy) };
     atomic { open_connections++; convoy = 2 };
     push()
  :: atomic { !listening || place[1] != Backlog }
  fi
}

inline turn(sleeps) {
  /* next_due: every parked connection has a deadline. More of that in parking.pml. */
  if
  :: atomic { sleeps -> promised = PARKED }
  :: atomic { !sleeps }
  fi;
  atomic {
    (!sleeps || promised || wakeup_pipe || (listening && place[1] == Backlog)) ->
    woken = wakeup_pipe
  };
  if
  :: atomic { woken -> woken = false };
     drain_wakeup_pipe()
  :: atomic { !woken }
  fi;
  if
  :: take_out();
     push()
  :: atomic { !PARKED || promised }
  fi;
#ifdef ACCEPTING
  if
  :: stage == Serving -> take_in()
  :: else
  fi
#endif
}

/* ---- Watch ---- */

#ifdef STANDING_IN
mtype:duty = { Keeps, Rests, Returns };
mtype:duty duty;
bool stood_in_for;
bool listener_asleep;

/* Watch::rest: a quantum, or until it is called */
inline rest_from_watch() {
  duty = Rests;
  duty = Returns;
  do
  :: atomic { !stood_in_for -> duty = Keeps; break }
  :: atomic { stood_in_for -> listener_asleep = true };
     !listener_asleep
  od
}

inline stand_in() {
  if
  :: atomic { duty == Rests && !stood_in_for -> stood_in_for = true };
     turn(false);
     atomic {
       stood_in_for = false;
       if
       :: duty == Rests -> duty = Returns
       :: stage == Serving || duty == Returns
       fi;
       ring = duty == Returns
     };
     if
     :: ring -> ring = false; listener_asleep = false
     :: else
     fi
  :: atomic { duty != Rests || stood_in_for }
  fi
}
#endif

/* WorkerPool::gone */
inline gone() {
#ifdef FAREWELL_BEFORE_COUNT
  /* the bug: wakes main, and then lowers the count */
  wake_main();
  alive--
#else
  alive--;
  wake_main()
#endif
}

/* Listener::begin_to_drain: Acceptor::close, and WorkQueue::close */
inline begin_to_drain() {
#ifdef ACCEPTING
  if
  :: stage == Graceful -> take_in()  /* take_in_the_last */
  :: else
  fi;
#endif
  listening = false;
  atomic { !locked -> closed = true };
  call_all()
}

#define NONE  255
byte in_hand[WORKERS];  /* InHand: a connection and one, or nothing */

#ifdef RETIRE_BEFORE_CLOSE
#define MAY_RETIRE  (closed || seen != Serving)  /* the bug: a connection may just be accepted */
#else
#define MAY_RETIRE  closed
#endif

/* WorkQueue::take: all of it under the lock, but stage and open connections change without it */
inline take() {
  mine = NONE;
#ifdef STAGE_READ_EARLY
  /* the bug: looks at the stage, and then takes the lock */
  seen = stage;
  lock();
#else
  atomic { lock(); seen = stage };
#endif
  if
  :: atomic { seen != Forced && nempty(lane) ->
       lane?mine; hand_over(mine, Lane, Hand); row[me] = Running; seen = 0; unlock() }
  :: atomic { (seen == Forced || empty(lane)) ->
       if
       :: seen == Forced || (MAY_RETIRE && roll > open_connections) -> roll--; row[me] = Off
       :: else -> row[me] = Sleeping; call_off()
       fi;
       seen = 0;
       unlock() }
  fi
}

/* ConnectionDriver::drive */
inline serve() {
  in_hand[me] = mine + 1;
#ifndef SEVER_LOOKS_ONCE
  if
  :: stage == Forced -> severed[mine] = true
  :: else
  fi;
#endif
#ifdef FORCED
  if
  :: true -> severed[mine]  /* blocks until then */
  :: true
  fi;
#endif
  in_hand[me] = 0;
  if
  :: end_connection(mine, Hand)
#if !defined(FORCED) && !defined(SUSPENDING) && !defined(ACCEPTING)
  :: atomic { !parked[mine] -> parked[mine] = true; hand_over(mine, Hand, Lot); woken = !promised };
     if
     :: woken -> woken = false; wake_poller()
     :: else
     fi
#endif
#ifdef SUSPENDING
  :: atomic { mine == 0 -> hand_over(mine, Hand, Suspended) }
#endif
  fi
}

/* WorkerPool::sever */
inline sever() {
  do
  :: atomic { i < WORKERS && in_hand[i] -> severed[in_hand[i] - 1] = true; i++ }
  :: atomic { i < WORKERS && !in_hand[i] -> i++ }
  :: atomic { i == WORKERS -> i = 0; break }
  od
}

/* ParentSummons::wait */
inline wait_for_summons() {
  if
  :: atomic { term_noted && stage < Forced -> asked = Forced }
  :: atomic { !(term_noted && stage < Forced) };
     /* ppoll(2): what is ready goes before a signal, which then stays pending */
     atomic {
       (own_pipe || (serving && nempty(death)) || term_pending) ->
       own = own_pipe;
       pod = !own && serving && nempty(death);  /* the stage may have changed meanwhile, and that wakes */
       if
       :: !own && !pod -> term_pending = false; term_noted = true; asked = Forced
       :: else
       fi
     };
     if
     :: own -> own_pipe = false; own = false
     :: else
     fi;
     if
     :: atomic { pod && nempty(death) -> death?asked; pod = false }
     :: atomic { pod && empty(death) -> pod = false }  /* a sibling was quicker */
     :: !pod
     fi
  fi
}

/* ---- the threads ---- */

proctype Listener() {
  byte convoy, calls, count, many;
  bool woken, begun;
  do
  :: stage != Serving ->
     if
     :: atomic { !begun -> begun = true };
        begin_to_drain()
     :: atomic { begun }
     fi;
     if
     :: stage == Forced -> break
     :: open_connections == 0 -> break
     :: stage != Forced && open_connections > 0 -> turn(true)
     fi
  :: atomic { stage == Serving };
     turn(true);
#ifdef STANDING_IN
     if
     :: stage == Serving && RUNNERS > 0 -> rest_from_watch()
     :: true
     fi
#endif
  od;
#ifndef LISTENER_LEAVES_SILENTLY
  call_all();
#endif
  gone()
}


proctype Worker(byte me) {
  byte convoy, calls, count, many, mine, seen;
  bool woken, ring;
#ifdef RESERVE
  enrol(nobody_starts);
  if
  :: thread[me]
  :: else -> goto over
  fi;
#endif
  do
  :: take();
     if
     :: row[me] == Off -> break
     :: row[me] != Off && mine != NONE -> serve()
     :: row[me] != Off && mine == NONE ->
#ifdef STANDING_IN
        stand_in();
#endif
        rest(me, false)
     fi
  od;
  gone();
over:
  skip
}

#ifdef RESERVE
/* WorkerPool::start_one */
inline begin_thread(w) { alive++; thread[w] = true }
#endif

/* WorkerPool::start_more: once everything is to end at once, nobody is started */
inline start_who_was_called() {
#ifdef RESERVE
  if
  :: stage != Forced -> start_more()
  :: else
  fi
#else
  skip
#endif
}

/* ChildProcess::run */
proctype Main() {
  byte calls, count, many, asked, i;
  bool serving, own, pod;
#ifdef RESERVE
  byte drafted, next;
  next = WORKERS - RESERVE;
#endif
  do
  :: atomic { stage == Serving -> serving = true };
     wait_for_summons();
     raise(asked);
     asked = Serving;
     start_who_was_called()
  :: else -> serving = false; break
  od;
  do
  :: alive > 0 ->
     if
     :: stage == Forced -> sever()
     :: atomic { stage != Forced }
     fi;
     wait_for_summons();
     raise(asked);
     asked = Serving;
     start_who_was_called()
  :: else -> break
  od;
#ifdef RESERVE
  nobody_starts = true
#endif
  /* join: those that have said farewell do nothing more */
}

/* ---- the world ---- */

#ifdef SICK
/* fall_sick, or the last of MaxConnectionsPerChild */
proctype Anybody() {
  byte calls, count, many;
  raise(Graceful)
}
#endif

#ifdef SUSPENDING
/* A module that has suspended a connection ends it; or else it outlives the threads. */
proctype Module() {
  byte calls, count, seen;
  do
  :: place[0] == Suspended -> end_connection(0, Suspended)
  :: place[0] == Gone || alive == 0 -> break
  od
}
#endif

init {
  atomic {
    byte i = 0;
#ifdef ACCEPTING
    place[0] = Gone;
    place[1] = Backlog;
    listening = true;
#else
    place[0] = Lot;
    place[1] = Gone;
    open_connections = 1;
#endif
#ifdef STANDING_IN
    duty = Keeps;
#endif
    row[0] = Off; row[1] = Off; row[2] = Off;
    do
#ifdef RESERVE
    :: i < WORKERS - RESERVE -> begin_thread(i); i++
    :: i == WORKERS - RESERVE -> break
#else
    :: i < WORKERS -> row[i] = Running; roll++; alive++; i++  /* enrol */
    :: i == WORKERS -> break
#endif
    od;
    i = 0;
    alive++;
    run Listener();
    do
    :: i < WORKERS -> run Worker(i); i++
    :: i == WORKERS -> break
    od;
    run Main();
#ifdef SUSPENDING
    run Module();
#endif
#if defined(SICK)
    run Anybody()
#elif defined(FORCED)
    term_pending = true;
#ifdef GRACEFUL
    death!Graceful
#endif
#else
    death!Graceful
#endif
  }
}
