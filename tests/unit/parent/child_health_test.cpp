#include "unit/parent/control_room.hpp"

#include "parent/child_table.hpp"

namespace mpm {
namespace {

class ChildHealth : public ControlRoom {
 protected:
  void bear(int slot, int pid) {
    control->children.born({.slot = slot, .number = slot},
                           {.status = Status::ok(), .pid = pid, .lifeline = 1000 + pid});
  }
  ChildTable& table() { return control->children; }
};

TEST_F(ChildHealth, IsUnknownUntilAChildServes) {
  begin();
  bear(0, 77);
  EXPECT_FALSE(table().healthy_child_seen());
}

// Between two looks at the threads a child may serve, run out of descriptors and drain: a resource shortage
// later is not a server that never came up.
TEST_F(ChildHealth, IsSeenWhenAChildSaysThatItServesHoweverShortlyItDoes) {
  begin();
  bear(0, 77);
  table().serving(0);
  table().draining(0);
  static_cast<void>(table().died(0));
  EXPECT_TRUE(table().healthy_child_seen());
}

TEST_F(ChildHealth, IsRememberedInTheNextConfiguration) {
  begin();
  bear(0, 77);
  table().serving(0);
  begin(1);
  EXPECT_TRUE(table().healthy_child_seen());
}

class Sickness : public RunningControl {
 protected:
  void fall_sick(int children) {
    for (int i = 0; i < children; ++i) control->maintenance.fell_sick(0);
  }
  int ticks(int count) {
    int hopeless = 0;
    for (int i = 0; i < count; ++i)
      hopeless += control->maintenance.tick() == Maintenance::Outlook::Hopeless ? 1 : 0;
    return hopeless;
  }
};

TEST_F(Sickness, OfTheVeryFirstChildrenEndsTheServer) {
  begin();
  fall_sick(1);
  EXPECT_EQ(ticks(1), 1);
}

TEST_F(Sickness, OfAllChildrenAfterARestartIsWaitedFor) {
  memory.healthy_child_seen = 1;
  begin(1);
  fall_sick(3);
  EXPECT_EQ(ticks(5), 0);
}

TEST_F(Sickness, IsCountedUntilAMinutePassesWithoutIt) {
  memory.healthy_child_seen = 1;
  begin(1);
  fall_sick(3);
  ticks(59);
  fall_sick(1);
  ticks(59);
  EXPECT_EQ(memory.sick_in_a_row, 4);
  ticks(1);
  EXPECT_EQ(memory.sick_in_a_row, 0);
}

}  // namespace
}  // namespace mpm
