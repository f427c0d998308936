#include "child/child_process.hpp"

#include "running_child.hpp"

#include <atomic>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

using AChild = RunningChild;

TEST_F(AChild, ServesARequestAndKeepsTheConnection) {
  run();
  FakeHost& host = client();
  connect(host);
  await_parked(host);
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "flush", "show", "detach"));
  EXPECT_EQ(world.scoreboard.open(), 1U);
  EXPECT_EQ(world.scoreboard.in(State::KeptAlive), 1U);
}

TEST_F(AChild, ServesTheNextRequestOfAConnectionThatItKept) {
  run();
  FakeHost& host = client();
  host.flushes = {Event::Flushed, Event::Finished};
  connect(host);
  await_parked(host);
  request(host);
  await([&] { return host.ended == 1; });
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "flush", "show", "detach",  //
                                      "attach", "process", "flush", "start_linger", "drain"));
  await([&] { return world.scoreboard.open() == 0; });
}

TEST_F(AChild, ClosesAConnectionThatIsSilentForItsKeepAliveTimeout) {
  run();
  FakeHost& host = client();
  connect(host);
  await_parked(host);
  pass(5s);
  await([&] { return host.ended == 1; });
  EXPECT_THAT(host.calls, Contains("start_linger short"));
}

TEST_F(AChild, TellsTheParentOnceThatItServesAndOnceThatItEnds) {
  run();
  await([&] { return world.scoreboard.serving == 1; });
  EXPECT_EQ(stop(StopStage::Graceful), ChildEnd::Clean);
  EXPECT_EQ(world.scoreboard.serving, 1);
  EXPECT_EQ(world.scoreboard.quiescing, 1);
  EXPECT_EQ(world.scoreboard.why, Scoreboard::Reason::Asked);
}

TEST_F(AChild, TellsItsModulesOnceThatItRunsAndOnceThatItStops) {
  run();
  stop(StopStage::Graceful);
  EXPECT_EQ(world.hooks.ran, 1);
  EXPECT_THAT(world.hooks.stops, ElementsAre(StopStage::Graceful));
  EXPECT_THAT(world.journal.entries(), Contains("stopping: graceful"));
}

TEST_F(AChild, TellsThatItRunsBeforeItsListenerCanAcceptAnybody) {
  int told = 0;
  world.threads.refuses = [&](int nth) {
    if (nth == workers) told = world.hooks.ran;
    return false;
  };
  run();
  stop(StopStage::Graceful);
  EXPECT_EQ(told, 1);
}

TEST_F(AChild, StartsAndJoinsItsWorkersAndItsListener) {
  run();
  stop(StopStage::Graceful);
  EXPECT_EQ(world.threads.started, workers + 1);
  EXPECT_EQ(world.threads.joined, workers + 1);
}

TEST_F(AChild, AsksForNothingMoreThanASignalOnceItIsStopping) {
  run();
  FakeHost& host = client();
  connect(host);
  await_parked(host);
  world.summons.ask(StopStage::Graceful);
  await([&] { return world.summons.waited_at(StopStage::Graceful); });
  stop(StopStage::Forced);
  EXPECT_TRUE(host.severed);
}

TEST_F(AChild, GivesUpItsRowWhenAskedAndServesOn) {
  run();
  FakeHost& host = client();
  connect(host);
  await_parked(host);
  world.summons.ask(StopStage::Graceful);
  world.summons.ask_for_row();
  await([&] { return world.scoreboard.rows_given_up == 1; });
  EXPECT_EQ(host.ended, 0);
  stop(StopStage::Forced);
}

TEST_F(AChild, RunsACallbackWhenItsTimeHasCome) {
  struct Call {
    const FakeClock& clock;
    std::atomic<bool> called{false};
    Instant at{};
  } call{world.clock};
  run();
  const Instant due = world.clock.now() + 10ms;
  child->call_after(
      10ms,
      [](void* baton) {
        auto& made = *static_cast<Call*>(baton);
        made.at = made.clock.now();
        made.called = true;
      },
      &call);
  pass(9999us);
  pass(1us);
  await([&] { return call.called.load(); });
  EXPECT_EQ(call.at, due);
}

TEST_F(AChild, KeepsACallbackThatIsFartherAwayThanTimeItselfReaches) {
  run();
  child->call_after(
      Duration::max(), [](void*) { FAIL() << "the end of time has come"; }, nullptr);
  EXPECT_EQ(stop(StopStage::Graceful), ChildEnd::Clean);
}

TEST_F(AChild, AsksForNoLastAnswersWhileItsGateIsOpen) {
  run();
  await([&] { return world.scoreboard.serving == 1; });
  EXPECT_FALSE(child->claim_last_answer(Transport::Plain));
}

TEST_F(AChild, LeavesGracefullyAfterItsLastConnection) {
  setup.quota.connections = 2;
  run();
  FakeHost& first = client();
  FakeHost& second = client();
  FakeHost& third = client();
  for (FakeHost* host : {&first, &second, &third}) connect(*host);
  await([&] { return world.sockets.closed == 1; });
  await([&] {
    world.clock.advance(1ms);
    return first.ended + second.ended == 2;
  });
  EXPECT_EQ(ended(), ChildEnd::Clean);
  EXPECT_EQ(first.ended + second.ended, 2);
  EXPECT_EQ(world.sockets.one.waiting(), 1U) << "the third stays for another child";
  EXPECT_THAT(world.journal.entries(), Contains("connection limit reached"));
}

TEST_F(AChild, LeavesSickWhenItIsShortOfDescriptors) {
  run();
  world.sockets.one.fall_short();
  EXPECT_EQ(ended(), ChildEnd::Sick);
  EXPECT_EQ(world.scoreboard.why, Scoreboard::Reason::Shortage);
}

TEST_F(AChild, LeavesSickWhenAWorkerCannotBeStarted) {
  world.threads.refuses = [](int nth) { return nth == 1; };
  run();
  EXPECT_EQ(ended(), ChildEnd::Sick);
  EXPECT_EQ(world.threads.joined, 2) << "the first worker and the listener";
  EXPECT_THAT(world.journal.entries(), Contains("worker not started"));
}

TEST_F(AChild, LeavesSickWhenNoWorkerCanBeStarted) {
  world.threads.refuses = [](int) { return true; };
  run();
  EXPECT_EQ(ended(), ChildEnd::Sick);
  EXPECT_EQ(world.threads.joined, 0);
}

TEST_F(AChild, LeavesSickWhenItsListenerCannotBeStarted) {
  world.threads.refuses = [](int nth) { return nth == workers; };
  run();
  EXPECT_EQ(ended(), ChildEnd::Sick);
  EXPECT_EQ(world.threads.joined, workers);
  EXPECT_THAT(world.journal.entries(), Contains("listener not started"));
}

TEST_F(AChild, SaysThatAThreadCouldNotBeJoined) {
  world.threads.join_answer = Status{3};
  run();
  stop(StopStage::Graceful);
  EXPECT_THAT(world.journal.entries(), Contains("not joined"));
}

}  // namespace
}  // namespace mpm
