#include "fakes/simulation.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace mpm {
namespace {

class AChildOnOneThread : public testing::TestWithParam<int> {
 protected:
  Chance chance() const {
    const char* const set = std::getenv("MPM_SEED");
    return Chance((set ? std::strtoull(set, nullptr, 10) : 7) * 1'000 +
                  static_cast<std::uint64_t>(GetParam()));
  }
};

TEST_P(AChildOnOneThread, KeepsItsBooksRightAtEveryStep) {
  Simulation simulation(chance(), {.quota = {.threads_per_child = 4, .per_idle = {}, .connections = 0},
                                   .workers = 1 + GetParam() % 4,
                                   .reserve = GetParam() % 3,
                                   .steps = 100'000});
  simulation.live();
  EXPECT_GT(simulation.born(), 1'000);
}

TEST_P(AChildOnOneThread, EndsWithoutALossWhateverItMeets) {
  Chance choices = chance();
  for (int child = 0; child < 200; ++child) {
    const int workers = 1 + choices.below(4);
    const int reserve = choices.below(3);
    Simulation simulation(choices.another(), {.quota = {.threads_per_child = workers + reserve,
                                                        .per_idle = {},
                                                        .connections = choices.below(3) * choices.below(100)},
                                              .workers = workers,
                                              .reserve = reserve,
                                              .steps = 1 + choices.below(2'000),
                                              .trouble = Simulation::Trouble::Some});
    simulation.live();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AChildOnOneThread, testing::Range(0, 10));

}  // namespace
}  // namespace mpm
