#include "adapters/apr_world.hpp"

#include "apr/pollset.hpp"
#include "fakes/pretend.hpp"
#include "mpm/policy/poll_wait.hpp"
#include "os/steady_clock.hpp"

#include <array>
#include <deque>
#include <limits>
#include <optional>

#include <gtest/gtest.h>

#include <apr_portable.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mpm::apr {
namespace {

using namespace std::chrono_literals;

class PollsetLimits : public AprWorld {
 protected:
  void SetUp() override {
    ASSERT_TRUE(open_) << why_;
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0);
    apr_socket_t* socket = nullptr;
    ASSERT_EQ(apr_os_sock_put(&socket, &ends_[0], pool_), APR_SUCCESS);
    socket_.emplace(socket);
  }
  void TearDown() override {
    for (const int end : ends_) ::close(end);
  }
  /// How many are ready.
  std::size_t wait(std::optional<std::chrono::milliseconds> longest) {
    const auto [status, ready] = open_->wait(pretend_.listener, longest);
    EXPECT_TRUE(status.is_ok());
    return ready.size();
  }
  Status watch() { return open_->watch(*socket_, Sense::Readable); }

  apr_status_t why_ = APR_SUCCESS;
  std::optional<Pollset> open_ = Pollset::open(pool_, 2, why_);
  Pretend pretend_;
  std::array<int, 2> ends_{-1, -1};
  std::optional<PollableSocket> socket_;
};

TEST_F(PollsetLimits, NeverWakesBeforeItsTime) {
  const os::SteadyClock clock;
  for (const auto longest : {1ms, 2ms, 7ms, 20ms}) {
    const Instant before = clock.now();
    EXPECT_EQ(wait(longest), 0U);
    EXPECT_GE(clock.now() - before, longest);
  }
}

TEST_F(PollsetLimits, CountsTheLongestSleepInAnInt) {
  EXPECT_LE(longest_poll_wait.count(), std::numeric_limits<int>::max());
  open_->wake();
  EXPECT_EQ(wait(longest_poll_wait), 0U);
}

// The kernel has forgotten it by itself, unless another process has a copy.
TEST_F(PollsetLimits, SaysWhenItCannotForgetASocketThatHasBeenClosed) {
  ASSERT_TRUE(watch().is_ok());
  ::close(ends_[0]);
  EXPECT_FALSE(open_->forget(*socket_).is_ok());
  ends_[0] = -1;
}

TEST_F(PollsetLimits, TellsNothingOfASocketThatWasClosedWhileItWasWatched) {
  ASSERT_TRUE(watch().is_ok());
  ASSERT_EQ(::write(ends_[1], "x", 1), 1);
  ::close(ends_[0]);
  ends_[0] = -1;
  EXPECT_EQ(wait(1ms), 0U);
}

TEST_F(PollsetLimits, RefusesASocketThatIsClosed) {
  ::close(ends_[0]);
  ends_[0] = -1;
  EXPECT_FALSE(watch().is_ok());
}

// What the kernel points to would be another object than the one that is watched.
TEST_F(PollsetLimits, RefusesASocketThatIsWatchedAlready) {
  ASSERT_TRUE(watch().is_ok());
  EXPECT_FALSE(watch().is_ok());
}

TEST_F(PollsetLimits, AllocatesInAPoolOfItsOwn) {
  const auto* const before = static_cast<const char*>(apr_palloc(pool_, 16));
  std::optional<Pollset> another = Pollset::open(pool_, 2, why_);
  ASSERT_TRUE(another) << why_;
  ASSERT_TRUE(another->watch(*socket_, Sense::Readable).is_ok());
  EXPECT_EQ(apr_palloc(pool_, 16), before + 16) << "something was allocated in between";
}

TEST_F(PollsetLimits, WatchesMoreSocketsThanItWasMadeForAndTellsOfThemInTurn) {
  constexpr std::size_t many = 10;
  std::array<std::array<int, 2>, many> pairs{};
  std::deque<PollableSocket> sockets;
  for (std::size_t i = 0; i < many; ++i) {
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pairs[i].data()), 0);
    apr_socket_t* socket = nullptr;
    ASSERT_EQ(apr_os_sock_put(&socket, &pairs[i][0], pool_), APR_SUCCESS);
    ASSERT_TRUE(open_->watch(sockets.emplace_back(socket), Sense::Readable).is_ok());
    ASSERT_EQ(::write(pairs[i][1], "x", 1), 1);
  }
  std::size_t told = 0;
  while (told < many) {
    const auto [status, ready] = open_->wait(pretend_.listener, 0ms);
    ASSERT_TRUE(status.is_ok());
    ASSERT_FALSE(ready.empty());
    for (Watched* const one : ready) ASSERT_TRUE(open_->forget(*one).is_ok());
    told += ready.size();
  }
  EXPECT_EQ(told, many);
  for (const auto& pair : pairs) {
    for (const int end : pair) ::close(end);
  }
}

}  // namespace
}  // namespace mpm::apr
