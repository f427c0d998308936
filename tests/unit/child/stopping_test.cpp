#include "running_child.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Not;

struct AGracefulStop : RunningChild {
  /// The child stops, and a module has its only connection.
  FakeHost& begin_with_a_suspended_connection() {
    run();
    FakeHost& host = suspending_client();
    connect(host);
    await([&host] { return host.detached == 1; });
    EXPECT_EQ(world.scoreboard.in(State::Suspended), 1U);
    world.summons.ask(StopStage::Graceful);
    await([this] { return world.sockets.closed == 1; });
    return host;
  }
};
using AForcedStop = RunningChild;

TEST_F(AGracefulStop, EndsAChildWithoutConnectionsAtOnce) {
  run();
  EXPECT_EQ(stop(StopStage::Graceful), ChildEnd::Clean);
  EXPECT_EQ(world.sockets.closed, 1);
}

TEST_F(AGracefulStop, ClosesAKeptAliveConnectionOnceItIsQuiet) {
  run();
  FakeHost& host = client();
  connect(host);
  await_parked(host);
  world.summons.ask(StopStage::Graceful);
  await([&] { return world.sockets.closed == 1; });
  EXPECT_EQ(host.ended, 0);
  pass(EvictionPolicy::quiet_time);
  EXPECT_EQ(ended(), ChildEnd::Clean);
  EXPECT_EQ(host.ended, 1);
}

TEST_F(AGracefulStop, AnswersARequestThatComesBeforeTheConnectionIsQuiet) {
  run();
  FakeHost& host = client();
  host.flushes = {Event::Flushed, Event::Finished};
  connect(host);
  await_parked(host);
  world.summons.ask(StopStage::Graceful);
  await([&] { return world.sockets.closed == 1; });
  request(host);
  EXPECT_EQ(ended(), ChildEnd::Clean);
  EXPECT_THAT(host.calls, Not(Contains("start_linger short")));
}

TEST_F(AGracefulStop, LetsARequestBeAnsweredThatAWorkerHasInHand) {
  run();
  FakeHost& host = client();
  std::atomic<bool> go_on{false};
  host.during_process = [&] { await([&] { return go_on.load(); }); };
  host.flushes = {Event::Finished};
  connect(host);
  await_in(State::Processing, 1);
  world.summons.ask(StopStage::Graceful);
  await([&] { return world.sockets.closed == 1; });
  go_on = true;
  EXPECT_EQ(ended(), ChildEnd::Clean);
  EXPECT_THAT(host.calls, Contains("flush"));
  EXPECT_FALSE(host.severed);
}

TEST_F(AGracefulStop, GivesAClientThatDoesNotCloseTwoSeconds) {
  run();
  FakeHost& host = client();
  host.flushes = {Event::Finished};
  host.drains = {Event::Blocked};
  connect(host);
  await_parked(host);
  world.summons.ask(StopStage::Graceful);
  await([&] { return world.sockets.closed == 1; });
  pass(2s);
  EXPECT_EQ(ended(), ChildEnd::Clean);
  EXPECT_EQ(host.ended, 1);
}

TEST_F(AGracefulStop, WaitsForASuspendedConnectionThatAModuleEndsInACallback) {
  FakeHost& host = begin_with_a_suspended_connection();
  child->call_after(
      1s, [](void* suspended) { static_cast<FakeHost*>(suspended)->end(); }, &host);
  pass(1s);
  EXPECT_EQ(ended(), ChildEnd::Clean);
}

TEST_F(AGracefulStop, GoesOnWithASuspendedConnectionThatAModuleGivesBackInACallback) {
  FakeHost& host = begin_with_a_suspended_connection();
  const auto give_back = [](void* suspended) {
    static_cast<FakeHost*>(suspended)->given_back_in = std::this_thread::get_id();
  };
  child->call_after(1s, give_back, &host);
  pass(1s);
  await_parked(host);
  pass(1s);
  EXPECT_EQ(ended(), ChildEnd::Clean);
  EXPECT_EQ(host.ended, 1);
}

TEST_F(AGracefulStop, WaitsForASuspendedConnectionThatAModuleEndsInAThreadOfItsOwn) {
  FakeHost& host = begin_with_a_suspended_connection();
  await([&] { return world.poller.asleep(); });
  std::thread([&] { host.end(); }).join();
  EXPECT_EQ(ended(), ChildEnd::Clean);
}

TEST_F(AGracefulStop, CanBecomeAForcedOne) {
  run();
  FakeHost& host = blocking_client();
  connect(host);
  await_in(State::Processing, 1);
  world.summons.ask(StopStage::Graceful);
  EXPECT_EQ(stop(StopStage::Forced), ChildEnd::Clean);
  EXPECT_TRUE(host.severed);
}

// 1. The listener sees that the child runs, and goes to accept(2).  2. The child is told to stop; no
// connection is open, so every worker is surplus.  3. accept(2) returns a connection.
TEST_F(AGracefulStop, ServesAConnectionThatIsAcceptedAtThatMoment) {
  run();
  FakeHost& host = client();
  host.flushes = {Event::Finished};
  world.sockets.one.before_accept = [this] {
    world.summons.ask(StopStage::Graceful);
    await([&] { return world.summons.waited_at(StopStage::Graceful); });
    await([&] { return everybody_knows(); });
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();  // whoever goes, goes now
  };
  connect(host);
  EXPECT_EQ(ended(), ChildEnd::Clean);
  EXPECT_THAT(host.calls, Contains("flush"));
}

TEST_F(AForcedStop, CutsOffWhatIsParkedAndEndsItOnlyWhenAsked) {
  run();
  FakeHost& host = client();
  connect(host);
  await_parked(host);
  EXPECT_EQ(stop(StopStage::Forced), ChildEnd::Clean);
  EXPECT_TRUE(host.severed);
  EXPECT_EQ(host.ended, 0) << "modules' cleanups could wait for their threads";
  child->end_connections();
  EXPECT_EQ(host.ended, 1);
  EXPECT_EQ(world.scoreboard.open(), 0U);
}

TEST_F(AForcedStop, CutsOffWhatWorkersHaveInHandAndWhatWaitsForOne) {
  run();
  FakeHost& waiting = client();
  connect(waiting);
  await_parked(waiting);
  for (int i = 0; i < workers; ++i) connect(blocking_client());
  await([&] {
    world.clock.advance(1ms);
    return world.scoreboard.in(State::Processing) == workers;
  });
  request(waiting);
  await([&] { return !world.poller.watches(waiting.fake_socket); });
  EXPECT_EQ(stop(StopStage::Forced), ChildEnd::Clean);
  for (const auto& host : hosts) EXPECT_TRUE(host->severed);
  EXPECT_EQ(waiting.ended, 0);
}

TEST_F(AForcedStop, LeavesASuspendedConnectionToItsModule) {
  run();
  FakeHost& host = suspending_client();
  connect(host);
  await_in(State::Suspended, 1);
  EXPECT_EQ(stop(StopStage::Forced), ChildEnd::Clean);
  EXPECT_EQ(host.ended, 0);
  EXPECT_EQ(world.scoreboard.open(), 1U);
  host.end();
  EXPECT_EQ(world.scoreboard.open(), 0U);
}

}  // namespace
}  // namespace mpm
