#include "mpm/policy/timer_heap.hpp"

#include "unit/policy/noon.hpp"

#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct ATimerHeap : testing::Test {
  bool add(int number, Instant at) {
    numbers.push_back(std::make_unique<int>(number));
    return timers.add(std::make_unique<Timer>(
                          +[](void*) {}, numbers.back().get()),
                      at);
  }
  std::vector<int> due(Instant now) {
    std::vector<int> found;
    while (const TimerPtr timer = timers.due(now)) found.push_back(*static_cast<int*>(timer->baton));
    return found;
  }
  std::vector<std::unique_ptr<int>> numbers;
  TimerHeap timers;
};

TEST_F(ATimerHeap, HasNothingNextWhenItIsEmpty) {
  EXPECT_EQ(timers.next(), std::nullopt);
  EXPECT_EQ(timers.due(noon), nullptr);
}

TEST_F(ATimerHeap, GivesNothingBeforeItsTime) {
  add(1, noon);
  EXPECT_EQ(timers.due(noon - 1us), nullptr);
  EXPECT_EQ(timers.next(), noon);
}

TEST_F(ATimerHeap, GivesWhatIsDueByTime) {
  add(3, noon + 3s);
  add(1, noon + 1s);
  add(2, noon + 2s);
  EXPECT_THAT(due(noon + 2s), ElementsAre(1, 2));
  EXPECT_EQ(timers.next(), noon + 3s);
}

TEST_F(ATimerHeap, GivesEqualTimesInTheOrderOfRegistration) {
  add(2, noon);
  add(1, noon);
  add(3, noon);
  EXPECT_THAT(due(noon), ElementsAre(2, 1, 3));
}

TEST_F(ATimerHeap, SaysWhetherANewTimerIsTheEarliest) {
  EXPECT_TRUE(add(1, noon + 2s));
  EXPECT_FALSE(add(2, noon + 3s));
  EXPECT_TRUE(add(3, noon + 1s));
}

TEST_F(ATimerHeap, SaysThatATimerAtTheTimeOfTheEarliestIsNotEarlier) {
  add(1, noon);
  EXPECT_FALSE(add(2, noon));
}

TEST_F(ATimerHeap, EndsTheTimersThatAreLeftInIt) {
  TimerHeap short_lived;
  static_cast<void>(short_lived.add(std::make_unique<Timer>(
                                        +[](void*) {}, nullptr),
                                    noon));
  static_cast<void>(short_lived.add(std::make_unique<Timer>(
                                        +[](void*) {}, nullptr),
                                    noon));
  // LeakSanitizer and the timers' own hooks would say otherwise.
}

}  // namespace
}  // namespace mpm
