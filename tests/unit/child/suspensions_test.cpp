#include "child/suspensions.hpp"

#include "child_parts.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using testing::ElementsAre;

struct ASuspendedConnection : ChildParts {
  /// A client whose connection a module has suspended.
  FakeHost& suspended() {
    FakeHost& host = client();
    host.processes = {Event::WantsSuspend};
    driver.drive(as.worker, connect(host), slot, hand);
    return host;
  }
  void callback_ends() { driver.take_back(as.worker, slot, hand); }
  bool parked(const FakeHost& host) { return poller.watches(host.fake_socket); }

  InHand hand;
};

TEST_F(ASuspendedConnection, GoesOnWhenItWasGivenBackInACallbackOfThisThread) {
  FakeHost& host = suspended();
  host.given_back_in = std::this_thread::get_id();
  callback_ends();
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach", "attach", "flush", "show", "detach"));
  EXPECT_EQ(ledger.in(State::KeptAlive), 1);
  EXPECT_TRUE(parked(host));
}

TEST_F(ASuspendedConnection, IsServedAgainWhenItsNextRequestHasBeenReadAlready) {
  FakeHost& host = suspended();
  host.flushes = {Event::MoreInput};
  host.given_back_in = std::this_thread::get_id();
  callback_ends();
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach", "attach", "flush", "process", "flush",
                                      "show", "detach"));
}

TEST_F(ASuspendedConnection, StaysWithItsModuleWhenTheRequestEndedInAnotherThread) {
  FakeHost& host = suspended();
  std::thread([&] { host.given_back_in = std::this_thread::get_id(); }).join();
  callback_ends();
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  host.end();
}

TEST_F(ASuspendedConnection, StaysWhenAnotherOneIsGivenBack) {
  FakeHost& ended = suspended();
  FakeHost& staying = suspended();
  FakeHost& back = suspended();
  ended.end();
  back.given_back_in = std::this_thread::get_id();
  callback_ends();
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  EXPECT_TRUE(parked(back));
  staying.end();
  EXPECT_EQ(ledger.in(State::Suspended), 0);
}

TEST_F(ASuspendedConnection, CanBeSuspendedAgain) {
  FakeHost& host = suspended();
  host.processes = {Event::WantsSuspend};
  host.flushes = {Event::MoreInput};
  host.given_back_in = std::this_thread::get_id();
  host.during_process = [&host] { host.given_back_in = std::thread::id{}; };
  callback_ends();
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  host.end();
}

}  // namespace
}  // namespace mpm
