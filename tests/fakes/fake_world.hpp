#pragma once

#include "child/child_process.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_host.hpp"
#include "fakes/fake_listen_sockets.hpp"
#include "fakes/fake_poller.hpp"
#include "fakes/fake_scoreboard.hpp"
#include "fakes/fake_summons.hpp"
#include "fakes/fake_thread_states.hpp"
#include "fakes/fake_threads.hpp"
#include "fakes/recording_journal.hpp"

#include <memory>
#include <thread>

namespace mpm {

/// Everything around a child.
struct FakeWorld {
  [[nodiscard]] ChildProcess::World ports() {
    return {.poller = poller,
            .sockets = sockets,
            .scoreboard = scoreboard,
            .threads = threads,
            .thread_states = thread_states,
            .summons = summons,
            .hooks = hooks,
            .journal = journal,
            .clock = clock};
  }

  FakeClock clock;
  FakePoller poller{clock};
  FakeListenSockets sockets{poller};
  FakeScoreboard scoreboard;
  FakeThreads threads;
  FakeThreadStates thread_states;
  FakeSummons summons{clock};
  FakeChildHooks hooks;
  RecordingJournal journal;
};

/// Waits for what other threads are about to do, without a guess at how long that takes: what never happens
/// is found by the time limit of the whole test.
template <class Condition>
void await(Condition&& condition) {
  while (!condition()) std::this_thread::yield();
}

}  // namespace mpm
