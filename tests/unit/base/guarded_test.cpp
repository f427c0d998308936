#include "mpm/base/guarded.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mpm {
namespace {

TEST(AGuarded, MakesItsValueInPlace) {
  Guarded<std::string> word(3U, 'x');
  EXPECT_EQ(word.with([](const std::string& value) { return value; }), "xxx");
}

TEST(AGuarded, HandsOutWhatCannotBeCopied) {
  Guarded<std::unique_ptr<int>> one(std::make_unique<int>(7));
  const auto taken = one.with([](std::unique_ptr<int>& value) { return std::move(value); });
  EXPECT_EQ(*taken, 7);
}

TEST(AGuarded, LosesNoneOfTheChangesThatThreadsMake) {
  Guarded<int> count(0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10'000; ++j) count.with([](int& value) { ++value; });
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count.with([](int value) { return value; }), 40'000);
}

TEST(AGuarded, DoesNotWaitForWhatIsTrueAlready) {
  Guarded<int> count(1);
  Bell bell;
  EXPECT_EQ(count.wait(
                bell, [](int value) { return value == 1; }, [](int& value) { return value + 1; }),
            2);
}

TEST(AGuarded, WaitsUntilABellIsRungForWhatBecameTrue) {
  Guarded<int> count(0);
  Bell bell;
  std::thread other([&] {
    for (int i = 0; i < 3; ++i) {
      count.with([](int& value) { ++value; });
      bell.ring();
    }
  });
  count.wait(
      bell, [](int value) { return value == 3; }, [](int& value) { value = 0; });
  EXPECT_EQ(count.with([](int value) { return value; }), 0);
  other.join();
}

}  // namespace
}  // namespace mpm
