/*
 * The parking lot: ParkingLot::park, take and expire, Registrations, and the board's promise to the listener. A
 * connection on the board is in the pollset (those that rest are not in the model); it has one owner; a worker that gets it as ready finds something to read;
 * the listener does not sleep past a deadline, nor touch what has ended.
 *
 * A connection is parked TIMES times, the other one once less, with a near or a far deadline. Its client sends at any
 * moment, or never. The clock moves to the end of the listener's sleep once at any moment, and else at a standstill:
 * then that end must not be behind a deadline.
 */
#ifndef CONNECTIONS
#define CONNECTIONS 2
#endif
#ifndef TIMES
#define TIMES 2
#endif

#include "pollset.inc"

#define Near   1
#define Far    2
#define Never  3

bool locked;                    /* ParkingLot's lock */
bool in_pollset[CONNECTIONS];
byte board[CONNECTIONS];        /* DeadlineBoard: its deadline, or 0 if it is not there */
byte promised;                  /* DeadlineBoard::promised_: until when the listener sleeps; 0 before its first sleep */
bool readable[CONNECTIONS];
bool has_handle[CONNECTIONS];   /* a worker has the connection */
bool is_ready[CONNECTIONS];     /* as it is ready */
bool kept[CONNECTIONS];         /* Registration::kept_in_wait is this wait */
byte batch;                     /* what the last wait told of and is not nobody's meanwhile (Owner), by bits */
byte freed;                     /* whose Watched is gone since, by bits */
bool ended[CONNECTIONS];
byte parkings[CONNECTIONS];
byte gone;
bool due;                       /* the listener's sleep is over */
byte sleeps_until;              /* 0: it is awake */

#define lock()    atomic { !locked -> locked = true }
#define unlock()  locked = false
#define READY(c)  (in_pollset[c] && readable[c])
#ifdef KEPT_UNDOUBTED
#define OLD_NEWS(c)  false  /* the bug: whatever the poller said is believed */
#else
#define OLD_NEWS(c)  (kept[c] && !readable[c])
#endif

/* Registrations::enter, under the lock */
#define enter(c)  kept[c] = in_pollset[c]; in_pollset[c] = true

/* Registrations::cancel, under the lock */
inline cancel(c) {
  in_pollset[c] = false;
  batch = batch & (3 - (1 << c))
#ifdef FREED_AT_ONCE
  ;
  freed = freed | (1 << c)
#endif
}

/* ParkingLot::release, under the lock */
inline release(c, as_ready) {
  board[c] = 0;
  is_ready[c] = as_ready;
  if
  :: as_ready    /* it keeps its place: Pace::Rush */
  :: cancel(c)
  fi;
  assert(!has_handle[c]);
  has_handle[c] = true
}

proctype Listener() {
  byte ready, c, until;
  bool woken, expired;
  do
  :: gone == CONNECTIONS -> break
  :: else ->
     /* next_deadline: DeadlineBoard::promise, what is still promised aside */
     atomic {
       !locked ->
       until = (board[0] && (!board[1] || board[0] <= board[1]) -> board[0] : (board[1] -> board[1] : Never));
#ifndef PROMISES_NOTHING
       promised = until;
#endif
     };
     /* begin_wait */
     atomic { !locked -> kept[0] = false; kept[1] = false; freed = 0 };
     sleeps_until = until;
     atomic {
       (READY(0) || READY(1) || wakeup_pipe || due || gone == CONNECTIONS) ->
       ready = READY(0) + 2 * READY(1);
       batch = ready;
       woken = wakeup_pipe;
       expired = due;
       due = false;
       sleeps_until = 0
     };
     if
     :: atomic { woken -> woken = false };
        drain_wakeup_pipe()
     :: atomic { !woken }
     fi;
     /* take */
     atomic {
       !locked ->
       assert(!(ready & freed));
       c = 0;
       do
       :: c < CONNECTIONS && (batch & (1 << c)) ->
          assert(!ended[c]);
          if
          :: board[c] && OLD_NEWS(c)  /* passed over */
          :: board[c] && !OLD_NEWS(c) -> release(c, true)
          :: !board[c] && has_handle[c]  /* told in vain, not too often yet */
          :: !board[c] -> assert(has_handle[c]); cancel(c)
          fi;
          c++
       :: c < CONNECTIONS && !(batch & (1 << c)) -> c++
       :: c == CONNECTIONS -> break
       od;
       batch = 0
     };
     /* expire */
     atomic {
       !locked ->
       c = 0;
       do
       :: c < CONNECTIONS && board[c] && expired && board[c] <= until -> assert(in_pollset[c]); release(c, false); c++
       :: c < CONNECTIONS && !(board[c] && expired && board[c] <= until) -> c++
       :: c == CONNECTIONS -> break
       od;
       c = 0; ready = 0; until = 0; expired = false
     }
  od
}

/* ParkingLot::park */
inline park() {
#if defined(WATCH_BEFORE_LOCK)
  /* the bug: the socket is watched before the connection is on the board */
  has_handle[me] = false;
  enter(me);
  lock();
  board[me] = deadline;
  wake = deadline < promised;
  unlock();
#elif defined(WATCH_AFTER_LOCK)
  /* the bug: the other way round */
  has_handle[me] = false;
  lock();
  board[me] = deadline;
  wake = deadline < promised;
  unlock();
  enter(me);
#elif defined(PROMISE_READ_EARLY)
  /* the bug: looks how long the listener sleeps, and then takes the lock */
  has_handle[me] = false;
  wake = deadline < promised;
  lock();
  enter(me);
  board[me] = deadline;
  unlock();
#else
  lock();
  has_handle[me] = false;
  enter(me);
  board[me] = deadline;
  wake = deadline < promised;
  unlock();
#endif
  if
  :: atomic { wake -> wake = false }; wake_poller()
  :: atomic { !wake }
  fi;
  deadline = 0
}

/* A worker with the connection in hand: parks it, and gets it again. */
proctype Worker(byte me) {
  byte deadline;
  bool wake;
  do
  :: has_handle[me] && parkings[me] < TIMES - me ->
     assert(!board[me]);
     assert(!is_ready[me] || readable[me]);  /* or it would wait for the client */
     parkings[me]++;
     readable[me] = false;
     if
     :: deadline = Near
     :: deadline = Far
     fi;
     park()
  :: has_handle[me] && parkings[me] == TIMES - me ->
     assert(!board[me]);
     assert(!is_ready[me] || readable[me]);
#ifndef ENDS_WATCHED
     /* Connection::leave_pollset */
     atomic {
       !locked ->
       if
       :: in_pollset[me] -> cancel(me)
       :: !in_pollset[me]
       fi
     };
#endif
     atomic { ended[me] = true; gone++ };
     break
  od
}

proctype Client(byte me) {
  do
  :: atomic { !readable[me] && !ended[me] -> readable[me] = true }
  :: gone == CONNECTIONS -> break
  :: true -> break  /* sends nothing more */
  od
}

/* Enabled when nobody else can do anything. */
proctype Clock() {
  if
  :: atomic { sleeps_until == Near || sleeps_until == Far -> due = true }
  :: true
  fi;
  do
  :: atomic { timeout ->
       if
       :: gone == CONNECTIONS -> break
       :: else ->
          assert(!locked && sleeps_until);
          assert(!board[0] || sleeps_until <= board[0]);
          assert(!board[1] || sleeps_until <= board[1]);
          assert(sleeps_until != Never);
          due = true
       fi }
  od
}

init {
  atomic {
    has_handle[0] = true;
    has_handle[1] = true;
    run Listener();
    run Worker(0);
    run Worker(1);
    run Client(0);
    run Client(1);
    run Clock()
  }
}
