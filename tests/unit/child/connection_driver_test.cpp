#include "child/connection_driver.hpp"

#include "child_parts.hpp"

#include "mpm/policy/turn.hpp"

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

struct AConnectionDriver : ChildParts {
  void drive(ConnectionPtr conn) { driver.drive(as.worker, std::move(conn), slot, hand); }
  /// Drives a connection in `state` to which `pending` has happened.
  void drive(State state, Event pending, FakeHost& host) {
    ConnectionPtr conn = connect_in(state, host);
    conn->pending = pending;
    drive(std::move(conn));
  }
  bool parked(const FakeHost& host) { return poller.watches(host.fake_socket); }

  InHand hand;
};

TEST_F(AConnectionDriver, OpensANewConnectionAndServesItsFirstRequest) {
  FakeHost& host = client();
  drive(connect(host));
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "flush", "show", "detach"));
  EXPECT_THAT(host.slots, ElementsAre(slot.thread_slot));
  EXPECT_EQ(ledger.in(State::KeptAlive), 1);
  EXPECT_TRUE(parked(host));
}

TEST_F(AConnectionDriver, EndsAConnectionThatTheHooksRefuse) {
  FakeHost& host = client();
  host.opens = Event::Refused;
  drive(connect(host));
  EXPECT_THAT(host.calls, ElementsAre("open"));
  EXPECT_EQ(host.ended, 1);
  EXPECT_EQ(ledger.open(), 0);
}

TEST_F(AConnectionDriver, TakesAReadyConnectionUpInItsWorkersSlot) {
  FakeHost& host = client();
  drive(State::KeptAlive, Event::Ready, host);
  EXPECT_THAT(host.calls, ElementsAre("attach", "process", "flush", "show", "detach"));
  EXPECT_THAT(host.slots, ElementsAre(slot.thread_slot));
}

TEST_F(AConnectionDriver, ParksAResponseThatTheClientDoesNotTakeUntilTheSocketIsWritable) {
  FakeHost& host = client();
  host.flushes = {Event::Blocked};
  drive(connect(host));
  EXPECT_EQ(ledger.in(State::Flushing), 1);
  EXPECT_TRUE(parked(host));
  EXPECT_EQ(poller.sense(host.fake_socket), Sense::Writable);
}

TEST_F(AConnectionDriver, FlushesOnWhenTheSocketIsWritable) {
  FakeHost& host = client();
  host.flushes = {Event::Finished};
  drive(State::Flushing, Event::Ready, host);
  EXPECT_THAT(host.calls, ElementsAre("attach", "flush", "start_linger", "drain"));
}

TEST_F(AConnectionDriver, ServesPipelinedRequestsWithoutParking) {
  FakeHost& host = client();
  host.flushes = {Event::MoreInput, Event::MoreInput, Event::Flushed};
  drive(connect(host));
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "flush", "process", "flush", "process", "flush",
                                      "show", "detach"));
}

// --- its turn ---

struct APipeliningConnection : AConnectionDriver {
  /// Serves its first request, which takes `long_`; the next one has been read by then.
  FakeHost& serve_for(Duration long_) {
    FakeHost& host = client();
    host.flushes = {Event::MoreInput, Event::Flushed};
    host.during_process = [this, long_] { clock.advance(long_); };
    ConnectionPtr conn = connect(host);
    conn->taken = clock.now();
    drive(std::move(conn));
    return host;
  }
  void let_another_wait() { queue.push(connect_in(State::KeptAlive, client()), clock.now()); }
};

TEST_F(APipeliningConnection, GoesBehindThoseThatWaitWhenItHasHadItsTurn) {
  let_another_wait();
  FakeHost& host = serve_for(turn_of_a_connection);
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "flush", "detach"));
  EXPECT_EQ(ledger.in(State::Flushing), 1);
  EXPECT_FALSE(parked(host));
  EXPECT_EQ(queue.requests(), 2);
}

TEST_F(APipeliningConnection, GoesOnWhereItWasWhenItIsItsTurnAgain) {
  let_another_wait();
  FakeHost& host = serve_for(turn_of_a_connection);
  host.calls.clear();
  Bench bench;
  queue.enrol(as.worker, bench, clock.now());
  for (int i = 0; i < 2; ++i) {
    WorkQueue::Taken taken = queue.take(as.worker, bench, clock.now());
    drive(std::move(std::get<ConnectionPtr>(std::get<Work>(taken))));
  }
  EXPECT_THAT(host.calls, ElementsAre("attach", "process", "flush", "show", "detach"));
  EXPECT_TRUE(parked(host));
  stop.raise(StopStage::Forced);
  static_cast<void>(queue.take(as.worker, bench, clock.now()));
}

TEST_F(APipeliningConnection, KeepsItsWorkerForItsTurn) {
  let_another_wait();
  EXPECT_TRUE(parked(serve_for(turn_of_a_connection - 1us)));
  EXPECT_EQ(queue.requests(), 1);
}

TEST_F(APipeliningConnection, KeepsItsWorkerWhileNobodyWaits) { EXPECT_TRUE(parked(serve_for(1h))); }

TEST_F(AConnectionDriver, ParksAConnectionWhoseModuleWaitsForTheSocket) {
  FakeHost& host = client();
  host.processes = {Event::WantsIo};
  drive(connect(host));
  EXPECT_EQ(ledger.in(State::AwaitingIo), 1);
  EXPECT_TRUE(parked(host));
}

TEST_F(AConnectionDriver, LeavesASuspendedConnectionToItsModule) {
  FakeHost& host = client();
  host.processes = {Event::WantsSuspend};
  drive(connect(host));
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach"));
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  EXPECT_FALSE(parked(host));
  EXPECT_EQ(host.ended, 0);
  host.end();
  EXPECT_EQ(ledger.open(), 0);
}

TEST_F(AConnectionDriver, LingersAfterTheLastResponseAndEndsWithTheClient) {
  FakeHost& host = client();
  host.processes = {Event::Finished};
  drive(connect(host));
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "start_linger", "drain"));
  EXPECT_EQ(host.ended, 1);
}

TEST_F(AConnectionDriver, ParksALingeringConnectionWhoseClientIsStillThere) {
  FakeHost& host = client();
  host.processes = {Event::Finished};
  host.drains = {Event::Blocked};
  drive(connect(host));
  EXPECT_EQ(ledger.in(State::Lingering), 1);
  EXPECT_TRUE(parked(host));
}

TEST_F(AConnectionDriver, EndsALingeringConnectionAtItsDeadline) {
  FakeHost& host = client();
  drive(State::Lingering, Event::Expired, host);
  EXPECT_EQ(host.ended, 1);
  EXPECT_THAT(host.calls, Not(Contains("drain")));
}

TEST_F(AConnectionDriver, LingersShortlyWhenTheNextRequestDidNotComeInTime) {
  FakeHost& host = client();
  drive(State::KeptAlive, Event::Expired, host);
  EXPECT_THAT(host.calls, ElementsAre("attach", "start_linger short", "drain"));
}

TEST_F(AConnectionDriver, LingersShortlyWhenAConnectionIsEvicted) {
  FakeHost& host = client();
  drive(State::KeptAlive, Event::Evicted, host);
  EXPECT_THAT(host.calls, ElementsAre("attach", "start_linger short", "drain"));
}

TEST_F(AConnectionDriver, LingersNormallyWhenAResponseWasNotTakenInTime) {
  FakeHost& host = client();
  drive(State::Flushing, Event::Expired, host);
  EXPECT_THAT(host.calls, ElementsAre("attach", "start_linger", "drain"));
}

TEST_F(AConnectionDriver, AnswersARequestThatArrivesWhileItsConnectionIsEvicted) {
  FakeHost& host = client();
  host.input = true;
  drive(State::KeptAlive, Event::Evicted, host);
  EXPECT_THAT(host.calls, ElementsAre("attach", "process", "flush", "show", "detach"));
}

TEST_F(AConnectionDriver, AnswersARequestThatArrivesInTheLastMoment) {
  FakeHost& host = client();
  host.input = true;
  drive(State::KeptAlive, Event::Expired, host);
  EXPECT_THAT(host.calls, Contains("process"));
}

TEST_F(AConnectionDriver, AsksForNoInputOfAConnectionThatWaitsForSomethingElse) {
  FakeHost& host = client();
  host.input = true;
  drive(State::AwaitingIo, Event::Expired, host);
  EXPECT_THAT(host.calls, Not(Contains("process")));
}

TEST_F(AConnectionDriver, EndsAConnectionThatThePollerRefuses) {
  FakeHost& host = client();
  poller.refuse(Status{28});
  drive(connect(host));
  EXPECT_EQ(host.ended, 1);
  EXPECT_EQ(ledger.open(), 0);
  EXPECT_THAT(journal.entries(), ElementsAre("not parked"));
}

TEST_F(AConnectionDriver, TellsOfAThousandRefusalsInFourLines) {
  for (int i = 0; i < 1000; ++i) {
    poller.refuse(Status{28});
    drive(connect(client()));
  }
  EXPECT_EQ(ledger.open(), 0);
  EXPECT_EQ(journal.entries().size(), 4U);
}

TEST_F(AConnectionDriver, CanBeSeveredWhileAConnectionIsInHand) {
  FakeHost& host = client();
  host.during_process = [&] {
    hand.sever();
    EXPECT_TRUE(host.severed);
  };
  drive(connect(host));
}

TEST_F(AConnectionDriver, CannotBeSeveredAfterwards) {
  FakeHost& host = client();
  drive(connect(host));
  hand.sever();
  EXPECT_FALSE(host.severed);
}

// 1. A worker takes a connection.  2. The child is forced to stop: it severs what workers have in hand.  3.
// The worker has its connection in hand, and would block on it for ever.
TEST_F(AConnectionDriver, SeversAConnectionThatComesInHandAfterAForcedStop) {
  FakeHost& host = client();
  stopper.raise(StopStage::Forced);
  drive(connect(host));
  EXPECT_TRUE(host.severed);
}

TEST_F(AConnectionDriver, SeversNothingInAGracefulStop) {
  FakeHost& host = client();
  stopper.raise(StopStage::Graceful);
  drive(connect(host));
  EXPECT_FALSE(host.severed);
}

#ifdef NDEBUG

TEST_F(AConnectionDriver, ClosesAConnectionToWhichHappensWhatTheTableDoesNotKnow) {
  FakeHost& host = client();
  host.processes = {Event::Drained};
  drive(connect(host));
  EXPECT_EQ(host.ended, 1);
}

#else

TEST_F(AConnectionDriver, StopsADebugBuildWhenTheTableDoesNotKnowWhatHappens) {
  FakeHost& host = client();
  host.processes = {Event::Drained};
  EXPECT_DEATH(drive(connect(host)), "the table does not know");
  host.processes = {};
}

#endif

}  // namespace
}  // namespace mpm
