#pragma once

#include "child/acceptor.hpp"
#include "child/connection_driver.hpp"
#include "child/departures.hpp"
#include "child/dispatcher.hpp"
#include "child/listener.hpp"
#include "child/parking_lot.hpp"
#include "child/stopper.hpp"
#include "child/suspensions.hpp"
#include "child/timers.hpp"
#include "child/watch.hpp"
#include "child/work_queue.hpp"
#include "fakes/fake_world.hpp"
#include "fakes/pretend.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mpm {

/// The parts of a child without its threads: whoever has them plays them all.
struct PartsOfAChild {
  explicit PartsOfAChild(const Quota& allowed = {.threads_per_child = 4, .per_idle = {}, .connections = 0},
                         int processors = 2, std::size_t listening = 1)
      : quota(allowed),
        sockets(poller, listening),
        queue({.ledger = ledger, .stop = stop, .threads = thread_states, .main = summons}, processors) {
    ledger.set_observer(departures);
  }

  FakeHost& client() {
    hosts.push_back(std::make_unique<FakeHost>());
    hosts.back()->keep_alive_queue = keep_alive_queue;
    hosts.back()->io_queue = io_queue;
    return *hosts.back();
  }
  ConnectionPtr connect(FakeHost& host) { return Connection::make(host, ledger); }
  /// A connection that has come to `state` in the way of most.
  ConnectionPtr connect_in(State state, FakeHost& host) {
    ConnectionPtr conn = connect(host);
    if (state == State::Accepted) return conn;
    conn->on(Event::Opened);
    conn->pending = Event::Ready;
    if (state == State::AwaitingIo) conn->on(Event::WantsIo);
    if (state == State::Flushing || state == State::KeptAlive) conn->on(Event::WantsFlush);
    if (state == State::KeptAlive) conn->on(Event::Flushed);
    if (state == State::Lingering) {
      conn->on(Event::Finished);
      conn->linger_started = true;
      conn->lingers_until = clock.now() + normal_linger;
    }
    return conn;
  }
  /// Parks a connection in `state`, now.
  FakeHost& park_in(State state) {
    FakeHost& host = client();
    ConnectionPtr conn = connect_in(state, host);
    EXPECT_TRUE(lot.park(conn, clock.now()).is_ok());
    return host;
  }

  /// Who sleeps in the pollset wakes up when its time is over; without an end, at once.
  void let_time_pass_in_sleep() {
    poller.while_asleep = [this](std::optional<std::chrono::milliseconds> longest) {
      longest ? clock.advance(*longest) : poller.wake();
    };
  }

  Listener::Surroundings around_listener(Farewell& farewell) {
    return {.watch = watch,
            .dispatcher = dispatcher,
            .lot = lot,
            .queue = queue,
            .acceptor = acceptor,
            .ledger = ledger,
            .scoreboard = scoreboard,
            .stopper = stopper,
            .clock = clock,
            .farewell = farewell};
  }

  static constexpr WorkerSlot slot{.process_slot = 1, .thread_slot = 2, .thread = nullptr};

  const Pretend as;
  const Quota quota;
  std::vector<std::unique_ptr<FakeHost>> hosts;
  TimeoutPlan plan;
  const QueueNumber keep_alive_queue = plan.number_for(std::chrono::seconds{5});
  const QueueNumber io_queue = plan.number_for(std::chrono::seconds{60});
  FakeClock clock;
  FakePoller poller{clock};
  FakeListenSockets sockets;
  FakeScoreboard scoreboard;
  FakeSummons summons{clock};
  RecordingJournal journal;
  StopSwitch stop;
  Ledger ledger{scoreboard.columns()};
  Timers timers{poller};
  FakeThreadStates thread_states;
  ParkingLot lot{plan, poller};
  WorkQueue queue;
  Stopper stopper{stop, {.main = summons, .listener = poller, .workers = queue}, clock};
  Acceptor acceptor{{.sockets = sockets,
                     .poller = poller,
                     .queue = queue,
                     .ledger = ledger,
                     .scoreboard = scoreboard,
                     .stopper = stopper,
                     .journal = journal},
                    quota};
  Departures departures{{.ledger = ledger,
                         .acceptor = acceptor,
                         .queue = queue,
                         .poller = poller,
                         .stopper = stopper,
                         .clock = clock}};
  Dispatcher dispatcher{{.poller = poller,
                         .lot = lot,
                         .timers = timers,
                         .queue = queue,
                         .acceptor = acceptor,
                         .scoreboard = scoreboard,
                         .stopper = stopper,
                         .journal = journal,
                         .clock = clock}};
  Watch watch{dispatcher};
  Suspensions suspensions{4};
  ConnectionDriver driver{{.lot = lot,
                           .queue = queue,
                           .suspensions = suspensions,
                           .clock = clock,
                           .stopper = stopper,
                           .journal = journal,
                           .listener = poller}};
};

}  // namespace mpm
