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
  EXPECT_FALSE(acceptor.claim_last_answer());
  clock.advance(Turnover::patience);
  reconsider();
  EXPECT_TRUE(acceptor.claim_last_answer());
  EXPECT_FALSE(acceptor.claim_last_answer()) << "one at first";
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
  EXPECT_TRUE(acceptor.claim_last_answer());
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
};

TEST_F(WhenPatienceIsOver, AllowsMoreLastAnswersTheMoreAnswersThereAre) {
  wait_behind_the_gate(10);
  for (int answer = 0; answer < 2 * Turnover::answers_for_each; ++answer)
    static_cast<void>(acceptor.claim_last_answer());
  clock.advance(Turnover::step);
  reconsider();
  EXPECT_TRUE(acceptor.claim_last_answer());
  EXPECT_TRUE(acceptor.claim_last_answer());
  EXPECT_FALSE(acceptor.claim_last_answer());
  clock.advance(Turnover::step);
  reconsider();
  EXPECT_TRUE(acceptor.claim_last_answer());
  EXPECT_FALSE(acceptor.claim_last_answer()) << "three answers since the last step";
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
  EXPECT_FALSE(acceptor.claim_last_answer());
  EXPECT_TRUE(watching());
  EXPECT_EQ(acceptor.next_due(as.listener), std::nullopt);
  clock.advance(1h);
  reconsider();
  EXPECT_FALSE(acceptor.claim_last_answer());
}

TEST_F(WhenNobodyIsLeftBehindTheGate, TheNextWhoComesWaitsForAsLong) {
  arrive();
  accept();
  EXPECT_FALSE(watching());
  reconsider();
  EXPECT_EQ(acceptor.next_due(as.listener), clock.now() + Turnover::patience);
  clock.advance(Turnover::patience);
  reconsider();
  EXPECT_TRUE(acceptor.claim_last_answer());
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
  EXPECT_FALSE(acceptor.claim_last_answer());
  EXPECT_TRUE(watching());
}

TEST_F(WhenPatienceIsOver, AnAcceptorAllowsNothingOnceTheGateIsOpen) {
  wait_behind_the_gate(1);
  idle_workers(2);
  reconsider();
  EXPECT_FALSE(acceptor.held());
  EXPECT_FALSE(acceptor.claim_last_answer());
}

TEST_F(WhenPatienceIsOver, AnAcceptorAllowsWhatItHasAllowedWhenItHasLetSomebodyInButNotAll) {
  wait_behind_the_gate(3);
  idle_workers(1);
  reconsider();
  EXPECT_EQ(sockets.one.waiting(), 2U);
  EXPECT_TRUE(acceptor.claim_last_answer());
  EXPECT_FALSE(acceptor.claim_last_answer());
}

}  // namespace
}  // namespace mpm
