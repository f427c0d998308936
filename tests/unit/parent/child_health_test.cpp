#include "unit/parent/control_room.hpp"

#include "parent/child_table.hpp"

namespace mpm {
namespace {

using Health = ChildTable::Health;

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
  EXPECT_EQ(table().health(), Health::Unknown);
}

// Between two looks at the threads a child may serve, run out of descriptors and drain: a resource shortage
// later is not a server that never came up.
TEST_F(ChildHealth, IsSeenWhenAChildSaysThatItServesHoweverShortlyItDoes) {
  begin();
  bear(0, 77);
  table().serving(0);
  table().draining(0);
  static_cast<void>(table().died(0));
  EXPECT_EQ(table().health(), Health::Seen);
}

}  // namespace
}  // namespace mpm
