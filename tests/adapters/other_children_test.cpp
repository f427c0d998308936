#include "apr/other_children.hpp"

#include <array>

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

namespace mpm::apr {
namespace {

/// A process that is a child of the test's until it is told to end.
class Child {
 public:
  Child() {
    EXPECT_EQ(::pipe(ends_.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends_[1]);
      char byte = 0;
      ::_exit(::read(ends_[0], &byte, 1) == 0 ? 0 : 1);
    }
    ::close(ends_[0]);
  }
  ~Child() {
    ::close(ends_[1]);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] int pid() const { return pid_; }

 private:
  std::array<int, 2> ends_{};
  pid_t pid_ = -1;
};

TEST(OtherChildren, AreAllChildrenThatSitNowhere) {
  EXPECT_FALSE(has_children_besides({}));
  const Child one;
  const Child two;
  const std::array<Seat, 3> seats = {Seat{.pid = two.pid()}, Seat{}, Seat{.pid = one.pid()}};
  EXPECT_FALSE(has_children_besides(seats));
  EXPECT_TRUE(has_children_besides(std::span(seats).first(2)));
  EXPECT_TRUE(has_children_besides({}));
}

}  // namespace
}  // namespace mpm::apr
