#include "acceptor_parts.hpp"

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST_F(AnAcceptor, AllowsLastAnswersOnlyAfterItHasHeldTheGateForAWhile) {
  acceptor.open(as.listener);
  arrive();
  accept();
  reconsider();
  EXPECT_FALSE(claim());
  clock.advance(Turnover::patience);
  reconsider();
  EXPECT_TRUE(claim());
  EXPECT_FALSE(claim()) << "one at first";
}

TEST_F(AnAcceptor, IsDueWhenMoreLastAnswersAreToBeAllowed) {
  EXPECT_EQ(acceptor.next_due(as.listener), std::nullopt);
  acceptor.open(as.listener);
  arrive();
  accept();
  ASSERT_TRUE(acceptor.held());
  reconsider();
  EXPECT_EQ(acceptor.next_due(as.listener), clock.now() + Turnover::patience);
  clock.advance(Turnover::patience);
  reconsider();
  EXPECT_EQ(acceptor.next_due(as.listener), std::nullopt) << "nobody has claimed the last answer";
  const int wakes = poller.wakes();
  EXPECT_TRUE(claim());
  EXPECT_EQ(poller.wakes(), wakes + 1);
  EXPECT_EQ(acceptor.next_due(as.listener), clock.now() + Turnover::step);
}

/// The gate has been held for as long as is patient.
struct WhenPatienceIsOver : AnAcceptor {
  void wait_behind_the_gate(int clients) {
    acceptor.open(as.listener);
    arrive(clients);
    accept();
    reconsider();
    clock.advance(Turnover::patience);
    reconsider();
  }
  void next_step() {
    clock.advance(Turnover::step);
    reconsider();
  }
  /// How many of so many answers are the last on their connections.
  int last_of(int answers, Transport transport = Transport::Plain) {
    int last = 0;
    for (int i = 0; i < answers; ++i) last += acceptor.claim_last_answer(transport) ? 1 : 0;
    return last;
  }
};

TEST_F(WhenPatienceIsOver, AllowsMoreLastAnswersTheMoreAnswersThereAre) {
  wait_behind_the_gate(10);
  EXPECT_EQ(last_of(32), 1);
  next_step();
  EXPECT_EQ(last_of(32), 2);
  next_step();
  EXPECT_EQ(last_of(3), 2);
  next_step();
  EXPECT_EQ(last_of(3), 1) << "three answers since the last step";
}

TEST_F(WhenPatienceIsOver, AsksForFourTimesAsManyAnswersWithTlsAsEachLastOneIsAHandshake) {
  wait_behind_the_gate(10);
  EXPECT_EQ(last_of(127, Transport::Tls), 1);
  next_step();
  EXPECT_EQ(last_of(128, Transport::Tls), 1);
  next_step();
  EXPECT_EQ(last_of(3, Transport::Tls), 2);
}

/// Another child has taken the one that came; one that only closed its connection would still be accepted.
struct WhenNobodyIsLeftBehindTheGate : AnAcceptor {
  WhenNobodyIsLeftBehindTheGate() {
    acceptor.open(as.listener);
    arrive();
    accept();
    reconsider();
    EXPECT_TRUE(sockets.one.give_up());
    clock.advance(Turnover::patience);
    reconsider();
  }
};

TEST_F(WhenNobodyIsLeftBehindTheGate, AnAcceptorAsksNobodyToLeaveAndWaitsForTheNextWhoComes) {
  EXPECT_TRUE(acceptor.held());
  EXPECT_FALSE(claim());
  EXPECT_TRUE(watching());
  EXPECT_EQ(acceptor.next_due(as.listener), std::nullopt);
  clock.advance(1h);
  reconsider();
  EXPECT_FALSE(claim());
}

TEST_F(WhenNobodyIsLeftBehindTheGate, TheNextWhoComesWaitsForAsLong) {
  arrive();
  accept();
  EXPECT_FALSE(watching());
  reconsider();
  EXPECT_EQ(acceptor.next_due(as.listener), clock.now() + Turnover::patience);
  clock.advance(Turnover::patience);
  reconsider();
  EXPECT_TRUE(claim());
  EXPECT_THAT(journal.entries(), ElementsAre("holding: busy")) << "it has been held all the time";
}

TEST_F(WhenNobodyIsLeftBehindTheGate, ItOpensAsEver) {
  idle_workers(1);
  acceptor.room_made();
  EXPECT_EQ(poller.wakes(), 1);
  reconsider();
  EXPECT_FALSE(acceptor.held());
  EXPECT_TRUE(watching());
}

TEST_F(WhenNobodyIsLeftBehindTheGate, ItClosesAsEver) {
  acceptor.close(as.listener, clock.now());
  EXPECT_FALSE(watching());
  EXPECT_FALSE(acceptor.held());
}

TEST_F(WhenPatienceIsOver, NobodyIsAskedToLeaveForTheOneThatTookTheLastRoom) {
  wait_behind_the_gate(1);
  idle_workers(1);
  reconsider();
  EXPECT_EQ(ledger.open(), 1);
  EXPECT_TRUE(acceptor.held());
  EXPECT_FALSE(claim());
  EXPECT_TRUE(watching());
}

TEST_F(WhenPatienceIsOver, AnAcceptorAllowsNothingOnceTheGateIsOpen) {
  wait_behind_the_gate(1);
  idle_workers(2);
  reconsider();
  EXPECT_FALSE(acceptor.held());
  EXPECT_FALSE(claim());
}

TEST_F(WhenPatienceIsOver, AnAcceptorAllowsWhatItHasAllowedWhenItHasLetSomebodyInButNotAll) {
  wait_behind_the_gate(3);
  idle_workers(1);
  reconsider();
  EXPECT_EQ(sockets.one.waiting(), 2U);
  EXPECT_TRUE(claim());
  EXPECT_FALSE(claim());
}

}  // namespace
}  // namespace mpm
