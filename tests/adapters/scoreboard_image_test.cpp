#include "httpd/scoreboard_image.hpp"

#include <array>

#include <gtest/gtest.h>

namespace mpm::httpd {
namespace {

TEST(ChildrenInTheScoreboard, AreThoseWithAProcessThatIsNotOnItsWayOut) {
  std::array<process_score, 5> records{};
  EXPECT_EQ(count_serving(records), 0) << "free records";
  records[1].pid = 100;
  records[3].pid = 101;
  EXPECT_EQ(count_serving(records), 2);
  records[3].quiescing = 1;
  EXPECT_EQ(count_serving(records), 1);
  records[1].not_accepting = 1;
  EXPECT_EQ(count_serving(records), 1) << "it is full, and has work";
}

}  // namespace
}  // namespace mpm::httpd
