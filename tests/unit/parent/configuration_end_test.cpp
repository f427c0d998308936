#include "parent/configuration_end.hpp"

#include "unit/parent/control_room.hpp"

namespace mpm {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Next = ConfigurationEnd::Next;

/// Three children serve, and an order comes.
class TheEndOfAConfiguration : public RunningControl {
 protected:
  TheEndOfAConfiguration() { start(3); }
  Next ends(Order order) {
    machine.order(order);
    return control->end.finish(control->loop.run());
  }
};

TEST_F(TheEndOfAConfiguration, LeavesSocketsAndPipesAtAGracefulRestart) {
  EXPECT_EQ(ends(Order::RestartGracefully), Next::Configuration);
  EXPECT_THAT(handover.done(), ElementsAre("block orders", "bequeath sockets", "bequeath pipes"));
  EXPECT_EQ(handover.generation(), 1);
  EXPECT_THAT(machine.running(), SizeIs(3));
}

TEST_F(TheEndOfAConfiguration, LeavesTheOlderPipesOnceMoreIfNobodyWasStarted) {
  begin(1);
  EXPECT_EQ(ends(Order::RestartGracefully), Next::Configuration);
  EXPECT_THAT(handover.done(), ElementsAre("block orders", "bequeath sockets", "bequeath older pipes"));
  EXPECT_EQ(old_pods[0].graceful(), 0) << "they serve on";
}

TEST_F(TheEndOfAConfiguration, LeavesNothingAtARestart) {
  EXPECT_EQ(ends(Order::Restart), Next::Configuration);
  EXPECT_THAT(handover.done(), ElementsAre("block orders"));
  EXPECT_EQ(handover.generation(), 1);
  EXPECT_THAT(machine.running(), IsEmpty());
}

TEST_F(TheEndOfAConfiguration, IsFollowedByNothingAtAStop) {
  EXPECT_EQ(ends(Order::Stop), Next::Nothing);
  EXPECT_THAT(handover.done(), IsEmpty());
  EXPECT_THAT(machine.running(), IsEmpty());
}

TEST_F(TheEndOfAConfiguration, HoldsAllOrdersButStopDuringAGracefulStopAndWaitsForItsPatience) {
  patience = 5s;
  begin();
  EXPECT_EQ(ends(Order::StopGracefully), Next::Nothing);
  EXPECT_THAT(handover.done(), ElementsAre("block all but stop"));
  EXPECT_EQ(machine.passed(), 5s);
}

TEST_F(TheEndOfAConfiguration, BeginsOneGenerationThoughAStrongerOrderToRestartComes) {
  handover.before_orders_are_blocked([this] { machine.order(Order::Restart); });
  EXPECT_EQ(ends(Order::RestartGracefully), Next::Configuration);
  EXPECT_EQ(handover.generation(), 1);
  EXPECT_THAT(handover.done(), ElementsAre("block orders", "unblock orders", "block orders"));
  EXPECT_THAT(machine.running(), IsEmpty());
}

TEST_F(TheEndOfAConfiguration, FollowsAnOrderToStopThatComesAtItsLastMoment) {
  handover.before_orders_are_blocked([this] { machine.order(Order::Stop); });
  EXPECT_EQ(ends(Order::RestartGracefully), Next::Nothing);
  EXPECT_FALSE(presence.pid_file);
  EXPECT_THAT(machine.running(), IsEmpty());
}

TEST_F(TheEndOfAConfiguration, LeavesWhoEndsMeanwhileToTheNextOneWhichTellsModules) {
  machine.with_other_children();
  pods[0].when_asked([this](int, DeathPipe::Request) {
    for (const int pid : {100, 101, 102}) machine.end(pid);
  });
  EXPECT_EQ(ends(Order::RestartGracefully), Next::Configuration);
  EXPECT_EQ(machine.passed(), 0s) << "nobody is waited for in vain";
  EXPECT_THAT(records.gone(), IsEmpty());
  begin(1);
  machine.order(Order::None);
  run_for(10ms);
  EXPECT_THAT(records.gone(), SizeIs(3));
}

}  // namespace
}  // namespace mpm
