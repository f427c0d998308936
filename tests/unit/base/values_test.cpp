#include "fakes/pretend.hpp"
#include "mpm/base/role.hpp"
#include "mpm/base/status.hpp"
#include "mpm/base/time.hpp"

#include <type_traits>

#include <gtest/gtest.h>

namespace mpm {
namespace {

template <class Clock>
concept TellsTheTime = requires {
  Clock::now();
};

TEST(AStatus, IsOkWithoutACode) {
  EXPECT_TRUE(Status{}.is_ok());
  EXPECT_TRUE(Status::ok().is_ok());
  EXPECT_EQ(Status::ok().code(), 0);
}

TEST(AStatus, KeepsTheNumberOfItsError) {
  EXPECT_FALSE(Status{12}.is_ok());
  EXPECT_EQ(Status{12}.code(), 12);
  EXPECT_EQ(Status{12}, Status{12});
  EXPECT_NE(Status{12}, Status::ok());
}

TEST(MonotonicTime, CannotBeAskedWhatTimeItIs) {
  static_assert(!TellsTheTime<Monotonic>);
  static_assert(TellsTheTime<std::chrono::steady_clock>);
}

TEST(MonotonicTime, CountsMicroseconds) { EXPECT_EQ(Duration{std::chrono::seconds{1}}.count(), 1'000'000); }

TEST(ARole, IsMadeByItsThreadAloneAndNeverCopied) {
  static_assert(!std::is_default_constructible_v<OnListener>);
  static_assert(!std::is_copy_constructible_v<OnListener>);
  static_assert(!std::is_copy_assignable_v<OnWorker>);
}

TEST(ARole, IsNotThatOfAnotherThread) {
  static_assert(!std::is_convertible_v<const OnMain&, const OnWorker&>);
}

TEST(ARole, CanBePlayedInATest) {
  const Pretend pretend;
  const auto told = [](const OnListener&) { return true; };
  EXPECT_TRUE(told(pretend.listener));
}

}  // namespace
}  // namespace mpm
