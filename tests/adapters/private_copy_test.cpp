#include "os/private_copy.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mpm::os {
namespace {

/// Two pages and a bit that a parent and its children share.
class SharedMemory : public ::testing::Test {
 protected:
  static constexpr std::size_t size = 9000;

  SharedMemory()
      : bytes(static_cast<char*>(
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    EXPECT_NE(bytes, MAP_FAILED);
  }
  ~SharedMemory() override { ::munmap(bytes, size); }

  /// Runs f in a child; what f returns is its exit code.
  template <class F>
  static int in_a_child(F&& f) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(f());
    int status = -1;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  char* const bytes;
};

TEST_F(SharedMemory, IsTheProcessOwnOnceItIsPrivate) {
  std::strcpy(bytes, "first");
  std::strcpy(bytes + 8900, "last");
  const int outcome = in_a_child([&] {
    if (!make_private(bytes, size)) return 1;
    if (std::strcmp(bytes, "first") != 0 || std::strcmp(bytes + 8900, "last") != 0) return 2;
    std::strcpy(bytes, "other");
    std::strcpy(bytes + 8900, "changed");
    return 0;
  });
  EXPECT_EQ(outcome, 0);
  EXPECT_STREQ(bytes, "first");
  EXPECT_STREQ(bytes + 8900, "last");
}

TEST_F(SharedMemory, NeedNotBeginAtAPage) {
  const int outcome = in_a_child([&] {
    if (!make_private(bytes + 8, size - 8)) return 1;
    bytes[0] = bytes[8] = 'x';
    return 0;
  });
  EXPECT_EQ(outcome, 0);
  EXPECT_EQ(bytes[0], 0);
  EXPECT_EQ(bytes[8], 0);
}

// The parent's view of the counter when the child says that its memory is private is the last one.
TEST_F(SharedMemory, IsExchangedUnderThreadsThatWriteToIt) {
  auto& counter = *reinterpret_cast<std::uint64_t*>(bytes);
  int done[2];
  int seen[2];
  ASSERT_EQ(::pipe(done) + ::pipe(seen), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    std::thread([&] {
      for (;;) std::atomic_ref(counter).fetch_add(1);
    }).detach();
    while (std::atomic_ref(counter).load() == 0) std::this_thread::yield();
    const char outcome = make_private(bytes, size) ? 'y' : 'n';
    if (::write(done[1], &outcome, 1) != 1) ::_exit(1);
    const std::uint64_t then = std::atomic_ref(counter).load();
    while (std::atomic_ref(counter).load() < then + 100'000) std::this_thread::yield();
    char word = 0;
    ::_exit(::write(done[1], &outcome, 1) == 1 && ::read(seen[0], &word, 1) == 1 ? 0 : 1);
  }
  char outcome = 0;
  ASSERT_EQ(::read(done[0], &outcome, 1), 1);
  EXPECT_EQ(outcome, 'y');
  const std::uint64_t last = std::atomic_ref(counter).load();
  EXPECT_GT(last, 0U);
  ASSERT_EQ(::read(done[0], &outcome, 1), 1) << "the thread has gone on";
  EXPECT_EQ(std::atomic_ref(counter).load(), last);
  ASSERT_EQ(::write(seen[1], "", 1), 1);
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  for (const int end : {done[0], done[1], seen[0], seen[1]}) ::close(end);
}

TEST_F(SharedMemory, CannotBeExchangedBeyondWhatThereIsOfMemory) {
  EXPECT_FALSE(make_private(bytes, std::size_t{1} << 60));
  bytes[0] = 'x';
  EXPECT_EQ(bytes[0], 'x');
}

}  // namespace
}  // namespace mpm::os
