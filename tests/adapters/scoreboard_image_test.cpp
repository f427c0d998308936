#include "httpd/scoreboard_image.hpp"

#include <gtest/gtest.h>

namespace mpm::httpd {
namespace {

TEST(AChildInTheScoreboard, ServesIfItHasAProcessThatIsNotOnItsWayOut) {
  process_score record{};
  EXPECT_FALSE(serves(record)) << "a free record";
  record.pid = 100;
  EXPECT_TRUE(serves(record));
  record.not_accepting = 1;
  EXPECT_TRUE(serves(record)) << "it is full, and has work";
  record.quiescing = 1;
  EXPECT_FALSE(serves(record));
}

}  // namespace
}  // namespace mpm::httpd
