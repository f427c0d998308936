#include "httpd/pipe_of_death.hpp"

#include <cstdio>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

using Request = DeathPipe::Request;

struct APipeOfDeath : ::testing::Test {
  ~APipeOfDeath() override {
    pipe.close();
    if (file) std::fclose(file);
  }

  /// Somebody closes this end, and opens a file that gets its number.
  void become_a_file(int end) {
    file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(::dup2(::fileno(file), end), end);
  }
  [[nodiscard]] off_t size_of_file() const {
    struct stat now {};
    return ::fstat(::fileno(file), &now) == 0 ? now.st_size : -1;
  }
  [[nodiscard]] static bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

  PipeOfDeath pipe;
  std::FILE* file = nullptr;
};

TEST_F(APipeOfDeath, AsksAsManyChildrenAsItIsTold) {
  ASSERT_TRUE(pipe.open().is_ok());
  EXPECT_EQ(pipe.take(), Request::Nothing);
  pipe.ask(2, Request::Forced);
  EXPECT_EQ(pipe.take(), Request::Forced);
  EXPECT_EQ(pipe.take(), Request::Forced);
  EXPECT_EQ(pipe.take(), Request::Nothing);
}

TEST_F(APipeOfDeath, IsHeardThroughACopyThatTheNextConfigurationHas) {
  ASSERT_TRUE(pipe.open().is_ok());
  PipeOfDeath adopted;
  adopted.adopt(::dup(pipe.write_end()));
  pipe.let_go();
  adopted.ask(1, Request::Graceful);
  EXPECT_EQ(pipe.take(), Request::Graceful);
  EXPECT_EQ(pipe.take(), Request::Nothing);
  adopted.let_go();
  EXPECT_EQ(pipe.take(), Request::Graceful) << "nobody is left to ask";
}

TEST_F(APipeOfDeath, LeavesADescriptorAloneThatIsSomebodyElsesByNow) {
  ASSERT_TRUE(pipe.open().is_ok());
  const int end = pipe.write_end();
  become_a_file(end);
  pipe.ask(3, Request::Graceful);
  EXPECT_EQ(size_of_file(), 0);
  pipe.let_go();
  EXPECT_TRUE(is_open(end));
  ::close(end);
}

TEST_F(APipeOfDeath, IsMadeAnewWithoutClosingWhatIsSomebodyElses) {
  ASSERT_TRUE(pipe.open().is_ok());
  const int end = pipe.write_end();
  become_a_file(end);
  pipe.mend();
  EXPECT_TRUE(is_open(end));
  EXPECT_NE(pipe.write_end(), end);
  pipe.ask(1, Request::Graceful);
  EXPECT_EQ(pipe.take(), Request::Graceful);
  ::close(end);
}

}  // namespace
}  // namespace mpm::httpd
