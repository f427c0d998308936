#include "acceptor_parts.hpp"

namespace mpm {
namespace {

struct AnAcceptorOfTwoSockets : AnAcceptor {
  AnAcceptorOfTwoSockets() : AnAcceptor({.threads_per_child = 4, .per_idle = {}, .connections = 0}, 2) {
    acceptor.open(as.listener);
  }

  void arrive(int at_one, int at_other) {
    AnAcceptor::arrive(at_one);
    while (at_other-- > 0) sockets.other.arrive(client());
  }
  void make_room_for(int count) {
    idle_workers(count);
    reconsider();
  }
};

TEST_F(AnAcceptorOfTwoSockets, LeavesTheOtherItsTurnHoweverManyWaitAtOne) {
  accept();
  ASSERT_TRUE(acceptor.held());
  arrive(3, 1);
  make_room_for(2);
  EXPECT_EQ(sockets.one.waiting(), 2U);
  EXPECT_EQ(sockets.other.waiting(), 0U);
}

TEST_F(AnAcceptorOfTwoSockets, GoesOnWithTheOtherWhenThereIsRoomForOneAtATime) {
  accept();
  arrive(2, 2);
  make_room_for(1);
  EXPECT_EQ(sockets.one.waiting() + sockets.other.waiting(), 3U);
  make_room_for(1);
  EXPECT_EQ(sockets.one.waiting(), 1U);
  EXPECT_EQ(sockets.other.waiting(), 1U);
}

TEST_F(AnAcceptorOfTwoSockets, GoesOnWithTheOtherWhenOneWasServedBeforeTheGateWasHeld) {
  idle_workers(1);
  arrive(2, 1);
  accept();
  accept();
  ASSERT_TRUE(acceptor.held());
  make_room_for(1);
  EXPECT_EQ(sockets.one.waiting(), 1U);
  EXPECT_EQ(sockets.other.waiting(), 0U);
}

TEST_F(AnAcceptorOfTwoSockets, TakesAllRoomForOneWhenNobodyWaitsAtTheOther) {
  accept();
  arrive(0, 3);
  make_room_for(4);
  EXPECT_EQ(sockets.other.waiting(), 0U);
  EXPECT_FALSE(acceptor.held());
  EXPECT_TRUE(poller.watches(sockets.one.fake_socket));
  EXPECT_TRUE(poller.watches(sockets.other.fake_socket));
}

TEST_F(AnAcceptorOfTwoSockets, AsksASocketNoMoreOnceNobodyWaitsThere) {
  accept();
  arrive(0, 3);
  make_room_for(4);
  EXPECT_EQ(sockets.one.asked, 1);
  EXPECT_EQ(sockets.other.asked, 4);
}

TEST_F(AnAcceptorOfTwoSockets, TakesInFromBothBeforeItClosesGracefully) {
  idle_workers(2);
  arrive(3, 1);
  stopper.raise(StopStage::Graceful);
  acceptor.close(as.listener, clock.now());
  EXPECT_EQ(sockets.one.waiting(), 2U);
  EXPECT_EQ(sockets.other.waiting(), 0U);
}

}  // namespace
}  // namespace mpm
