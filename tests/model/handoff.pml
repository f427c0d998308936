/*
 * The hand-off: how a request gets from a socket to a worker. WorkQueue, Watch, the dispatcher's turn and the relief
 * of blocked workers. No stop: stopping.pml.
 *
 * Each client sends REQUESTS requests, whenever it likes, on a connection that is parked at first. Nobody may end or
 * sleep for good before all have been answered: a lost wake-up shows as a deadlock.
 *
 *   (default)  No request blocks its worker, and the listener's clock does not help: a sleep in the pollset lasts until
 *              a socket is readable or somebody wakes the listener.
 *   BLOCKING   The requests of all connections but the last block their workers until that one has been answered. Now
 *              the clock is needed: the listener's sleep ends where WorkQueue::relieve_at gives it a time.
 *   RESERVE    So many workers have no thread at first. Main's sleep ends when somebody is called, and after a start
 *              has failed: no clock helps it otherwise. AHEAD: it may start one ahead of need each time.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef CONNECTIONS
#define CONNECTIONS 2
#endif
#ifndef REQUESTS
#define REQUESTS 2
#endif

#include "pollset.inc"

#ifdef RESERVE
bool own_pipe;  /* of ParentSummons: anything in it? */
#endif
#include "run_queue.inc"

mtype:place = { Lot, Convoy, Lane, Hand, Gone };
mtype:place place[3];  /* who has the connection's handle */
bool sent[3];          /* its socket is readable */
byte to_send[3];       /* requests that its client has not sent yet */
byte gone;

#define OVER         (gone == CONNECTIONS)
#define READABLE(c)  (c < CONNECTIONS && place[c] == Lot && sent[c])
#define LAST         (CONNECTIONS - 1)

inline hand_over(c, from, to) {
  assert(place[c] == from);  /* nobody else has it */
  place[c] = to
}

/* ---- Watch ---- */

mtype:duty = { Keeps, Rests, Returns };
mtype:duty duty;         /* Watch::Duty::listener */
bool stood_in_for;
bool listener_asleep;    /* waits on Watch's bell */
byte on_watch;           /* threads that use the pollset: never two */

inline add_to_lane() {
  c = 0;
  do
  :: c < CONNECTIONS && (convoy & (1 << c)) -> hand_over(c, Convoy, Lane); lane!c; c++
  :: c < CONNECTIONS && !(convoy & (1 << c)) -> c++
  :: c == CONNECTIONS -> break
  od;
  convoy = 0;
  c = 0
}

/* ---- WorkQueue::push: the connections of `convoy`, a set of bits ---- */

inline push() {
  if
  :: convoy == 0
  :: else ->
#ifdef WAKE_BEFORE_PUSH
     /* the bug: calls, and rings, before the work is in its lane */
     atomic { count = SLEEPERS > 0 && RUNNERS == 0; call(count) };
     ring_bells();
     atomic { add_to_lane() }
#else
     atomic { add_to_lane(); call_for_work(0) };
     ring_bells()
#endif
  fi
}
/* Poller::wait: epoll_wait(2), and then the pipe is emptied */
inline poll(sleeps) {
  may_sleep = sleeps;
#ifdef BLOCKING
  /* next_due: WorkQueue::relieve_at. Needed while work waits that no sleeper was called for. */
#ifndef SLEEP_WITHOUT_RELIEF
  timed = SLEEPERS + LEFT + AWAITED > 0 && len(lane) > n_called;
#endif
#endif
  atomic {
    assert(MAIN_KNOWS);
    (!may_sleep || timed || wakeup_pipe || READABLE(0) || READABLE(1) || READABLE(2) || OVER) ->
    timed = false;
    convoy = READABLE(0) + 2 * READABLE(1) + 4 * READABLE(2);
    woken = wakeup_pipe
  };
  if
  :: atomic { woken -> woken = false };
     drain_wakeup_pipe()
  :: else
  fi
}

bool blocked[3];  /* in a module, waiting for something */

inline judge(w) {
  if
  :: IS(w, Running) && blocked[w] -> row[w] = Aside; fewest = fewest + 2
  :: IS(w, Running) && !blocked[w] -> row[w] = Aside; fewest = fewest + 2
  :: IS(w, Running) && !blocked[w] -> row[w] = Aside
  :: !IS(w, Running) || !blocked[w]
  fi
}

/*
 * WorkQueue::relieve. A worker that runs may be found blocked, or be set aside because it computes for long; one that
 * really is blocked will be found so. The kernel is asked outside of the lock, but its answer counts only if the worker
 * still has the same work, so that looking and judging are one step here.
 */
inline relieve() {
  atomic { fewest = 0; judge(0); judge(1); judge(2) };
  if
  :: atomic { call_for_work(fewest) };
     ring_bells()
  :: fewest == 0  /* empty() said so: a relaxed look, which may be out of date */
  fi;
  fewest = 0
}
/*
 * Dispatcher::turn, and brief_turn, by whoever has the watch. That the brief one sleeps for a millisecond at most is not
 * needed unless requests block: here it sleeps for as long as the other.
 */

inline turn(sleeps) {
  on_watch++;
  assert(on_watch == 1);
  poll(sleeps);
  /* hand_out_ready: ParkingLot::take, under the lot's lock, and push */
  atomic {
    c = 0;
    do
    :: c < CONNECTIONS && (convoy & (1 << c)) -> hand_over(c, Lot, Convoy); c++
    :: c < CONNECTIONS && !(convoy & (1 << c)) -> c++
    :: c == CONNECTIONS -> break
    od;
    c = 0
  };
  push();
#ifdef BLOCKING
  relieve();
#endif
  on_watch--
}

/* Watch::rest */
inline rest_from_watch() {
  duty = Rests;
  atomic { duty = Returns };  /* a quantum later, or when it was called: both at any moment */
  do
  :: atomic { !stood_in_for -> duty = Keeps; break }
  :: atomic { stood_in_for -> listener_asleep = true };
     !listener_asleep
  od
}

/* Watch::stand_in. Whether it found work is a relaxed look at the queue: anything. */
inline stand_in() {
  if
#ifdef STAND_IN_TWICE
  :: atomic { duty == Rests -> stood_in_for = true };  /* the bug: somebody may stand in already */
#else
  :: atomic { duty == Rests && !stood_in_for -> stood_in_for = true };
#endif
#ifdef SLEEP_WITH_WORK
     turn(true);  /* the bug: it may have been called since it found nothing to do */
#else
     turn(len(lane) == 0);
#endif
#ifdef RING_WITHOUT_CONDITION
     /* the bug: looks whether the listener waits, and then gives the watch back in another step */
     ring = duty == Returns;
     atomic { stood_in_for = false };
#else
     atomic {
       stood_in_for = false;
       if
       :: duty == Rests -> duty = Returns
       :: true
       fi;
       ring = duty == Returns
     };
#endif
     if
     :: ring -> listener_asleep = false
     :: else
     fi;
     ring = false
  :: atomic { duty != Rests || stood_in_for }
  fi
}

/* ConnectionDriver::drive */
inline serve() {
  sent[mine] = false;
#ifdef BLOCKING
  if
  :: atomic { mine != LAST -> blocked[me] = true };
     atomic { place[LAST] == Gone -> blocked[me] = false }
  :: else
  fi;
#endif
  if
  :: atomic { !sent[mine] && to_send[mine] == 0 -> hand_over(mine, Hand, Gone); gone++ }
  :: atomic { !sent[mine] && to_send[mine] > 0 -> hand_over(mine, Hand, Lot) }  /* park: parking.pml */
  :: atomic { sent[mine] -> hand_over(mine, Hand, Lot) }       /* input that came after the last look */
  :: atomic { sent[mine] -> hand_over(mine, Hand, Convoy); convoy = 1 << mine };
     push()                                                     /* requeue */
  fi;
  mine = 0
}

/* ---- the threads ---- */

proctype Listener() {
  byte convoy, calls, count, fewest, c;
  bool timed, woken, may_sleep;
  do
  :: OVER -> break
  :: else ->
     turn(true);
     /* Listener::turn: busy_for. Who ought to run does: at least one. */
     if
     :: RUNNERS > 0 -> rest_from_watch()
     :: true
     fi
  od
}

proctype Worker(byte me) {
  byte convoy, calls, count, fewest, c, mine;
  bool timed, woken, may_sleep, ring;
#ifdef RESERVE
  enrol(OVER);
#endif
  do
  :: OVER -> break
  :: else ->
     /* WorkQueue::take */
     if
#ifdef TAKE_IN_TWO_STEPS
     /* the bug: looks at the front, and removes it in another step */
     :: atomic { lane?[mine] -> lane?<mine> };
        atomic { hand_over(mine, Lane, Hand); row[me] = Running; lane??eval(mine) };
        serve()
#else
     :: atomic { nempty(lane) -> lane?mine; hand_over(mine, Lane, Hand); row[me] = Running };
        serve()
#endif
     :: atomic { empty(lane) -> row[me] = Sleeping; call_off() };
        stand_in();
        rest(me, OVER)
     fi
  od
}

#ifdef RESERVE
inline begin_thread(w) { thread[w] = true }

/* ChildProcess::attend */
proctype Main() {
  byte drafted, next;
  next = WORKERS - RESERVE;
  do
  :: OVER -> break
  :: else ->
     main_asleep = !short_of_threads;
     (own_pipe || short_of_threads || OVER);
     main_asleep = false;
#ifdef DRAFT_BEFORE_EMPTYING
     /* the bug: drafts, and then empties the pipe that told it to */
     start_more();
     own_pipe = false
#else
     own_pipe = false;
     start_more()
#endif
  od
}
#endif

proctype Clients() {
  do
  :: atomic { to_send[0] > 0 && !sent[0] -> to_send[0]--; sent[0] = true }
#if CONNECTIONS > 1
  :: atomic { to_send[1] > 0 && !sent[1] -> to_send[1]--; sent[1] = true }
#endif
#if CONNECTIONS > 2
  :: atomic { to_send[2] > 0 && !sent[2] -> to_send[2]--; sent[2] = true }
#endif
  :: OVER -> break
  od
}

init {
  atomic {
    byte i = 0;
    do
    :: i < CONNECTIONS -> place[i] = Lot; to_send[i] = REQUESTS; i++
    :: i == CONNECTIONS -> break
    od;
    duty = Keeps;
    row[0] = Off; row[1] = Off; row[2] = Off;
    i = 0;
    do
#ifdef RESERVE
    :: i < WORKERS - RESERVE -> thread[i] = true; i++
    :: i == WORKERS - RESERVE -> break
#else
    :: i < WORKERS -> row[i] = Running; roll++; i++  /* enrol */
    :: i == WORKERS -> break
#endif
    od;
    i = 0;
    run Listener();
#ifdef RESERVE
    run Main();
#endif
    do
    :: i < WORKERS -> run Worker(i); i++
    :: i == WORKERS -> break
    od;
    run Clients()
  }
}
