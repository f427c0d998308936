#include "parent/succession.hpp"

#include "unit/parent/control_room.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Cause = Succession::Cause;

/// Three children serve, and the configuration ends.
class TheSuccession : public ControlRoom {
 protected:
  TheSuccession() {
    begin();
    control->maintenance.start(3);
    control->maintenance.expect_deaths();
  }
  void deaf_children() {
    machine.when_sent([](int, Processes::Signal) {});
  }
  void children_that_only_die_by_kill() {
    machine.when_sent([this](int pid, Processes::Signal signal) {
      if (signal == Processes::Signal::Kill) machine.end(pid, ExitKind::Crashed);
    });
  }
  Succession& succession() { return control->succession; }
};

TEST_F(TheSuccession, StopsEveryChildAndSaysSo) {
  machine.order(Order::Stop);
  succession().stop(Cause::Asked);
  EXPECT_THAT(machine.running(), IsEmpty());
  EXPECT_EQ(total(), 0);
  EXPECT_EQ(pods[0].forced(), 3);
  EXPECT_FALSE(presence.pid_file);
  EXPECT_EQ(journal.count("stopping"), 1);
  EXPECT_EQ(machine.restarts_told(), 1);
  EXPECT_THAT(machine.open_lifelines(), IsEmpty());
}

TEST_F(TheSuccession, StopsChildrenOfOlderGenerationsToo) {
  begin(1);
  control->maintenance.start(1);
  succession().stop(Cause::Asked);
  EXPECT_THAT(machine.running(), IsEmpty());
}

TEST_F(TheSuccession, WaitsNoLongerThanTheChildrenTake) {
  machine.when_sent([this](int pid, Processes::Signal) {
    machine.at(machine.passed() + 30ms, [this, pid] { machine.end(pid); });
  });
  succession().stop(Cause::Asked);
  EXPECT_EQ(machine.passed(), 30ms);
}

TEST_F(TheSuccession, KeepsThePidFileOfAServerThatFailed) {
  succession().stop(Cause::Fatal);
  EXPECT_TRUE(presence.pid_file);
  EXPECT_EQ(journal.count("stopping"), 0);
}

TEST_F(TheSuccession, RemindsSlowChildrenThreeTimesThenKillsThem) {
  children_that_only_die_by_kill();
  succession().stop(Cause::Asked);
  EXPECT_EQ(machine.passed(), 9s);
  EXPECT_THAT(machine.sent(), SizeIs(3 * 5)) << "SIGTERM at 0, 3, 5 and 7 seconds, SIGKILL at 9";
  EXPECT_EQ(journal.count("outstays 100"), 3);
  EXPECT_EQ(journal.count("killing 100"), 1);
  EXPECT_EQ(journal.count("cannot end 100"), 0);
  EXPECT_EQ(journal.count("successive crashes"), 0) << "nobody is to replace them";
}

TEST_F(TheSuccession, GoesOnWithoutAChildThatCannotBeEnded) {
  deaf_children();
  succession().restart();
  EXPECT_EQ(machine.passed(), 10s);
  EXPECT_EQ(journal.count("cannot end 101"), 1);
  EXPECT_EQ(control->children.find(101), 1) << "it is not forgotten";
}

TEST_F(TheSuccession, SendsNothingToAPidThatNoLongerIsAChilds) {
  machine.when_sent([this](int pid, Processes::Signal) { machine.lose(pid); });
  succession().restart();
  EXPECT_LT(machine.passed(), 1s);
  EXPECT_EQ(machine.sent().size(), 3) << "one for each child";
  EXPECT_EQ(total(), 0);
}

TEST_F(TheSuccession, SendsNothingToAChildThatWasLostAndHasNotBeenMissedYet) {
  machine.lose(101);
  succession().restart();
  EXPECT_EQ(machine.sent().size(), 2) << "the fake machine sees that none is for 101";
  EXPECT_EQ(total(), 0);
}

TEST_F(TheSuccession, RestartsWithNobodyLeft) {
  machine.order(Order::Restart);
  succession().restart();
  EXPECT_EQ(total(), 0);
  EXPECT_EQ(journal.count("restarting"), 1);
  EXPECT_TRUE(presence.pid_file);
  EXPECT_TRUE(presence.listening);
}

TEST_F(TheSuccession, LeavesTheChildrenAloneOnAGracefulRestart) {
  succession().restart_gracefully();
  EXPECT_EQ(total(), 3);
  EXPECT_EQ(pods[0].graceful() + pods[0].forced(), 0);
  EXPECT_EQ(journal.count("restarting gracefully"), 1);
}

class AGracefulRestartWithOtherChildren : public TheSuccession {
 protected:
  AGracefulRestartWithOtherChildren() {
    machine.with_other_children();
    machine.order(Order::RestartGracefully);
  }
  void when_asked_all_drain_after(Duration time) {
    pods[0].when_asked([this, time](int, DeathPipe::Request) {
      machine.at(machine.passed() + time, [this] {
        for (const auto& [pid, child] : machine.running()) machine.say(pid, Word::Draining);
      });
    });
  }
};

TEST_F(AGracefulRestartWithOtherChildren, LeavesWhatIsUnderWayAWhileWhenNoChildAcceptsAnyMore) {
  when_asked_all_drain_after(20ms);
  succession().restart_gracefully();
  EXPECT_EQ(pods[0].graceful(), 3);
  EXPECT_EQ(machine.passed(), 20ms + 300ms);
  EXPECT_EQ(total(), 3) << "they finish what they have";
  EXPECT_FALSE(pods[0].let_go_of()) << "the next configuration has it as always";
}

TEST_F(AGracefulRestartWithOtherChildren, ReturnsWhenNobodyIsLeft) {
  when_asked_all_drain_after(20ms);
  machine.at(50ms, [this] {
    for (const int pid : {100, 101, 102}) machine.end(pid);
  });
  succession().restart_gracefully();
  EXPECT_EQ(machine.passed(), 50ms);
}

// The end of their lifelines has been heard: nothing else wakes the next configuration for them.
TEST_F(AGracefulRestartWithOtherChildren, LeavesTheDeadToTheNextConfigurationWhichCollectsThemAtOnce) {
  when_asked_all_drain_after(20ms);
  machine.at(50ms, [this] {
    for (const int pid : {100, 101, 102}) machine.end(pid);
  });
  succession().restart_gracefully();
  EXPECT_TRUE(control->children.find(100));
  machine.order(Order::None);
  begin(1);
  bool still_there = true;
  machine.at(55ms, [&] { still_there = control->children.find(100).has_value(); });
  machine.at(60ms, [this] { machine.order(Order::Stop); });
  EXPECT_EQ(control->loop.run().order, Order::Stop);
  EXPECT_FALSE(still_there);
}

TEST_F(AGracefulRestartWithOtherChildren, WaitsASecondAtMostForAChildThatGoesOnAccepting) {
  succession().restart_gracefully();
  EXPECT_EQ(machine.passed(), 1s + 300ms);
}

TEST_F(AGracefulRestartWithOtherChildren, WaitsForNobodyOfAnOlderGeneration) {
  begin(1);
  machine.with_other_children();
  succession().restart_gracefully();
  EXPECT_EQ(machine.passed(), 0s);
}

TEST_F(AGracefulRestartWithOtherChildren, HeedsAStrongerOrderMeanwhile) {
  machine.at(10ms, [this] { machine.order(Order::Stop); });
  succession().restart_gracefully();
  EXPECT_EQ(machine.passed(), 10ms);
}

class AGracefulStop : public TheSuccession {
 protected:
  AGracefulStop() {
    machine.order(Order::StopGracefully);
    pods[0].when_asked([this](int, DeathPipe::Request request) {
      if (request != DeathPipe::Request::Graceful) return;
      for (const auto& [pid, child] : machine.running()) machine.say(pid, Word::Draining);
    });
  }
};

TEST_F(AGracefulStop, StopsListeningAndAsksEveryChild) {
  machine.at(2500ms, [&] {
    for (const int pid : {100, 101, 102}) machine.end(pid);
  });
  succession().stop_gracefully(Cause::Asked, std::nullopt);
  EXPECT_FALSE(presence.listening);
  EXPECT_FALSE(presence.pid_file);
  EXPECT_EQ(pods[0].graceful(), 3);
  EXPECT_EQ(journal.count("stopping gracefully"), 1);
  EXPECT_THAT(machine.sent(), IsEmpty());
}

TEST_F(AGracefulStop, LetsGoOfThePipesSoThatNobodyWaitsForARequestThatWasNotWritten) {
  machine.at(100ms, [&] {
    for (const int pid : {100, 101, 102}) machine.end(pid);
  });
  succession().stop_gracefully(Cause::Asked, std::nullopt);
  EXPECT_TRUE(pods[0].let_go_of());
}

TEST_F(AGracefulStop, EndsAsSoonAsTheLastChildDoes) {
  machine.at(100ms, [&] { machine.end(100); });
  machine.at(2100ms, [&] { machine.end(101); });
  machine.at(61300ms, [&] { machine.end(102); });
  succession().stop_gracefully(Cause::Asked, std::nullopt);
  EXPECT_EQ(machine.passed(), 61300ms);
}

TEST_F(AGracefulStop, LosesItsPatienceAtTheTimeout) {
  succession().stop_gracefully(Cause::Asked, 5s);
  EXPECT_EQ(machine.passed(), 5s);
  EXPECT_EQ(pods[0].forced(), 3);
  EXPECT_THAT(machine.running(), IsEmpty());
}

TEST_F(AGracefulStop, BecomesAPlainStopAtOnceWhenThatIsAskedFor) {
  machine.at(2300ms, [&] { machine.order(Order::Stop); });
  succession().stop_gracefully(Cause::Asked, std::nullopt);
  EXPECT_EQ(machine.passed(), 2300ms);
  EXPECT_THAT(machine.running(), IsEmpty());
}

TEST_F(AGracefulStop, OfAServerThatFailedIsSilentAndLeavesItsPidFile) {
  machine.at(100ms, [&] {
    for (const int pid : {100, 101, 102}) machine.end(pid);
  });
  succession().stop_gracefully(Cause::Fatal, std::nullopt);
  EXPECT_TRUE(presence.pid_file);
  EXPECT_EQ(journal.count("stopping gracefully"), 0);
}

TEST_F(AGracefulStop, NeedsNoLifelines) {
  for (Seat& seat : seats)
    if (seat.taken()) machine.close_lifeline(std::exchange(seat.lifeline, -1));
  machine.at(2100ms, [&] {
    for (const int pid : {100, 101, 102}) machine.end(pid);
  });
  succession().stop_gracefully(Cause::Asked, std::nullopt);
  EXPECT_LE(machine.passed(), 3100ms);
}

}  // namespace
}  // namespace mpm
