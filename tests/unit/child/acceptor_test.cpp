#include "acceptor_parts.hpp"

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(AnAcceptor, WatchesTheListeningSocketsOnceItIsOpen) {
  EXPECT_FALSE(watching());
  acceptor.open(as.listener);
  EXPECT_TRUE(watching());
  EXPECT_FALSE(acceptor.held());
}

TEST_F(AnAcceptor, QueuesWhatItAccepts) {
  idle_workers(1);
  acceptor.open(as.listener);
  arrive();
  accept();
  EXPECT_EQ(ledger.in(State::Accepted), 1);
  EXPECT_EQ(queue.requests(), 1);
}

TEST_F(AnAcceptor, AcceptsOneConnectionAtATime) {
  idle_workers(4);
  acceptor.open(as.listener);
  arrive(3);
  accept();
  EXPECT_EQ(sockets.one.waiting(), 2U);
}

// A handful of workers is called in place of each that blocks: to find work for them one by one takes too
// long.
TEST_F(AnAcceptor, AcceptsSixteenMoreWhileAWorkerIsBlocked) {
  thread_states.wants = [](ThreadId) { return false; };
  benches.push_back(std::make_unique<Bench>());
  queue.enrol(as.worker, *benches.back(), clock.now());
  queue.push(connect_in(State::KeptAlive, client()), clock.now());
  ASSERT_TRUE(std::holds_alternative<Work>(queue.take(as.worker, *benches.back(), clock.now())));
  idle_workers(40);
  acceptor.open(as.listener);
  arrive(20);
  accept();
  EXPECT_EQ(sockets.one.waiting(), 19U);

  clock.advance(ConcurrencyTarget::quantum);
  queue.relieve(as.listener, clock.now());
  accept();
  EXPECT_EQ(sockets.one.waiting(), 2U);
}

TEST_F(AnAcceptor, GoesOnWhenNobodyIsThereAfterAll) {
  idle_workers(1);
  acceptor.open(as.listener);
  accept();
  EXPECT_EQ(ledger.open(), 0);
  EXPECT_FALSE(acceptor.held());
}

TEST_F(AnAcceptor, HoldsTheGateWhenNoWorkerIsIdle) {
  acceptor.open(as.listener);
  arrive();
  accept();
  EXPECT_TRUE(acceptor.held());
  EXPECT_FALSE(watching());
  EXPECT_EQ(sockets.one.waiting(), 1U);
  EXPECT_EQ(scoreboard.accepting, Scoreboard::Accepting::No);
  EXPECT_THAT(journal.entries(), ElementsAre("holding: busy"));
}

TEST_F(AnAcceptor, AcceptsNothingWhileItHoldsTheGate) {
  acceptor.open(as.listener);
  arrive();
  accept();
  idle_workers(1);
  accept();
  EXPECT_EQ(sockets.one.waiting(), 1U);
}

TEST_F(AnAcceptor, LeavesAnEndlessCrowdToThePollsetWhenTheGateIsOpenAgain) {
  acceptor.open(as.listener);
  arrive(200);
  accept();
  idle_workers(300);
  reconsider();
  EXPECT_EQ(ledger.open(), 64);
  EXPECT_FALSE(acceptor.held());
  EXPECT_TRUE(watching());
}

TEST_F(AnAcceptor, OpensTheGateWhenAWorkerIsIdleAgain) {
  acceptor.open(as.listener);
  arrive();
  accept();
  reconsider();
  EXPECT_TRUE(acceptor.held());

  idle_workers(2);
  reconsider();
  EXPECT_FALSE(acceptor.held());
  EXPECT_TRUE(watching());
  EXPECT_EQ(sockets.one.waiting(), 0U) << "who waited has been accepted";
  EXPECT_EQ(scoreboard.accepting, Scoreboard::Accepting::Yes);
  EXPECT_THAT(journal.entries(), ElementsAre("holding: busy", "accepting again"));
}

TEST_F(AnAcceptor, TakesWhoWaitsButKeepsTheGateHeldWhenTheRoomIsGoneAgain) {
  acceptor.open(as.listener);
  arrive(3);
  accept();
  idle_workers(1);
  reconsider();
  EXPECT_TRUE(acceptor.held());
  EXPECT_FALSE(watching()) << "the sockets do not flap";
  EXPECT_EQ(sockets.one.waiting(), 2U);
}

TEST_F(AnAcceptor, IsWokenByRoomOnlyWhileItHoldsTheGate) {
  acceptor.open(as.listener);
  idle_workers(1);
  acceptor.room_made();
  EXPECT_EQ(poller.wakes(), 0);
}

TEST_F(AnAcceptor, IsNotWokenWhileTheLimitHoldsItStill) {
  acceptor.open(as.listener);
  accept();
  acceptor.room_made();
  EXPECT_EQ(poller.wakes(), 0);
  idle_workers(1);
  acceptor.room_made();
  EXPECT_EQ(poller.wakes(), 1);
}

TEST_F(AnAcceptor, FallsSickWhenThereIsNoDescriptorLeft) {
  idle_workers(1);
  acceptor.open(as.listener);
  sockets.one.fall_short();
  accept();
  EXPECT_TRUE(stopper.sick());
}

TEST_F(AnAcceptor, DoesNotSayThatItAcceptsAgainWhenItHasFallenSickMeanwhile) {
  acceptor.open(as.listener);
  sockets.one.fall_short();
  accept();
  idle_workers(1);
  reconsider();
  EXPECT_TRUE(stopper.sick());
  EXPECT_FALSE(watching());
  EXPECT_THAT(journal.entries(), ElementsAre("holding: busy"));
}

TEST_F(AnAcceptor, FallsSickWhenItsSocketsCannotBeWatched) {
  poller.refuse(Status{28});
  acceptor.open(as.listener);
  EXPECT_TRUE(stopper.sick());
  EXPECT_THAT(journal.entries(), ElementsAre("listen socket not watched"));
}

TEST_F(AnAcceptor, ClosesItsSocketsOnce) {
  acceptor.open(as.listener);
  acceptor.close(as.listener, clock.now());
  acceptor.close(as.listener, clock.now());
  EXPECT_FALSE(watching());
  EXPECT_EQ(sockets.closed, 1);
  EXPECT_LT(sockets.one.asked, 10'000);
}

TEST_F(AnAcceptor, AcceptsNothingOnceItIsClosed) {
  idle_workers(1);
  acceptor.open(as.listener);
  arrive();
  acceptor.close(as.listener, clock.now());
  accept();
  EXPECT_EQ(ledger.open(), 0);
}

TEST_F(AnAcceptor, HoldsNothingOnceItIsClosed) {
  acceptor.open(as.listener);
  accept();
  acceptor.close(as.listener, clock.now());
  EXPECT_FALSE(acceptor.held());
  idle_workers(1);
  reconsider();
  EXPECT_FALSE(watching());
}

TEST_F(AnAcceptor, AcceptsNothingWhenTheChildStops) {
  idle_workers(1);
  acceptor.open(as.listener);
  arrive();
  stopper.raise(StopStage::Graceful);
  accept();
  EXPECT_EQ(ledger.open(), 0);
}

struct AnAcceptorWithAQuota : AnAcceptor {
  AnAcceptorWithAQuota() : AnAcceptor({.threads_per_child = 4, .per_idle = {}, .connections = 2}) {}
};

TEST_F(AnAcceptorWithAQuota, StopsTheChildGracefullyAfterTheLastConnection) {
  idle_workers(4);
  acceptor.open(as.listener);
  arrive(3);
  accept();
  EXPECT_EQ(stopper.stage(), StopStage::Running);
  accept();
  EXPECT_EQ(stopper.stage(), StopStage::Graceful);
  accept();
  EXPECT_EQ(ledger.open(), 2);
  EXPECT_THAT(journal.entries(), ElementsAre("connection limit reached"));
}

TEST_F(AnAcceptorWithAQuota, TakesInNobodyBeyondItWhenItCloses) {
  idle_workers(4);
  acceptor.open(as.listener);
  arrive(3);
  accept();
  stopper.raise(StopStage::Graceful);
  acceptor.close(as.listener, clock.now());
  EXPECT_EQ(ledger.open(), 2);
  EXPECT_EQ(sockets.one.waiting(), 1U);
}

}  // namespace
}  // namespace mpm
