/*
 * The parking lot: ParkingLot::park, take and expire, and the board's promise to the listener. A connection is in the
 * pollset and on the board, or in neither; it has one owner; the listener does not sleep past a deadline.
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
byte parkings[CONNECTIONS];
byte gone;
bool due;                       /* the listener's sleep is over */
byte sleeps_until;              /* 0: it is awake */

#define lock()    atomic { !locked -> locked = true }
#define unlock()  locked = false
#define READY(c)  (in_pollset[c] && readable[c])

/* ParkingLot::release, under the lock */
inline release(c) {
  board[c] = 0;
  in_pollset[c] = false;
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
     sleeps_until = until;
     atomic {
       (READY(0) || READY(1) || wakeup_pipe || due || gone == CONNECTIONS) ->
       ready = READY(0) + 2 * READY(1);
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
     /* take: a connection that is not on the board would be passed over, and its readiness with it */
     atomic {
       !locked ->
       c = 0;
       do
       :: c < CONNECTIONS && (ready & (1 << c)) -> assert(board[c]); release(c); c++
       :: c < CONNECTIONS && !(ready & (1 << c)) -> c++
       :: c == CONNECTIONS -> break
       od
     };
     /* expire */
     atomic {
       !locked ->
       c = 0;
       do
       :: c < CONNECTIONS && board[c] && expired && board[c] <= until -> assert(in_pollset[c]); release(c); c++
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
  in_pollset[me] = true;
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
  in_pollset[me] = true;
#elif defined(PROMISE_READ_EARLY)
  /* the bug: looks how long the listener sleeps, and then takes the lock */
  has_handle[me] = false;
  wake = deadline < promised;
  lock();
  in_pollset[me] = true;
  board[me] = deadline;
  unlock();
#else
  lock();
  has_handle[me] = false;
  in_pollset[me] = true;
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
     assert(!in_pollset[me] && !board[me]);
     parkings[me]++;
     readable[me] = false;
     if
     :: deadline = Near
     :: deadline = Far
     fi;
     park()
  :: atomic { has_handle[me] && parkings[me] == TIMES - me -> assert(!in_pollset[me] && !board[me]); gone++; break }
  od
}

proctype Client(byte me) {
  do
  :: atomic { !readable[me] && in_pollset[me] -> readable[me] = true }
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
