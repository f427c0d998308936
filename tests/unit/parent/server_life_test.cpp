#include "fakes/server_life.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace mpm {
namespace {

class AServerAmongWildChildren : public testing::TestWithParam<int> {};

TEST_P(AServerAmongWildChildren, KeepsItsBooksRightAtEveryStep) {
  const char* const set = std::getenv("MPM_SEED");
  const std::uint64_t seed = set ? std::strtoull(set, nullptr, 10) : 7;
  Chance chance(seed * 1'000 + static_cast<std::uint64_t>(GetParam()));
  int born = 0;
  for (int server = 0; server < 20; ++server) {
    ServerLife life(chance.another(), {.steps = 1 + chance.below(2'000)});
    life.live();
    born += life.born();
  }
  EXPECT_GT(born, 100);
}
INSTANTIATE_TEST_SUITE_P(Seeds, AServerAmongWildChildren, testing::Range(0, 10));

}  // namespace
}  // namespace mpm
