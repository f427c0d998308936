#include "apr/pollset.hpp"

#include "adapters/apr_world.hpp"

#include "fakes/pretend.hpp"

#include <array>
#include <memory>
#include <optional>
#include <thread>

#include <gmock/gmock.h>

#include <apr_portable.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mpm::apr {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Two connected sockets: ours, as APR knows it, and the client's.
class Pair {
 public:
  explicit Pair(apr_pool_t* pool) {
    std::array<int, 2> ends{};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data());
    ours_ = ends[0];
    client_ = ends[1];
    apr_socket_t* socket = nullptr;
    apr_os_sock_put(&socket, &ours_, pool);
    watched = std::make_unique<PollableSocket>(socket);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    hang_up();
    ::close(ours_);
  }

  void speak() const { EXPECT_EQ(::write(client_, "x", 1), 1); }
  void listen() const {
    std::array<char, 16> bytes{};
    while (::read(ours_, bytes.data(), bytes.size()) > 0) {
    }
  }
  void hang_up() {
    if (client_ >= 0) ::close(client_);
    client_ = -1;
  }
  void fill() const {
    std::array<char, 4096> bytes{};
    while (::write(ours_, bytes.data(), bytes.size()) > 0) {
    }
  }
  void drink() const {
    std::array<char, 4096> bytes{};
    while (::read(client_, bytes.data(), bytes.size()) > 0) {
    }
  }

  std::unique_ptr<PollableSocket> watched;

 private:
  int ours_ = -1;
  int client_ = -1;
};

class PollsetTest : public AprWorld {
 protected:
  void SetUp() override { ASSERT_TRUE(open_) << why_; }

  Pollset& pollset() { return *open_; }
  std::span<Watched* const> ready_within(std::optional<std::chrono::milliseconds> longest) {
    const auto [status, ready] = pollset().wait(pretend_.listener, longest);
    EXPECT_TRUE(status.is_ok());
    return ready;
  }
  std::span<Watched* const> ready_now() { return ready_within(0ms); }

  Pair pair_{pool_};

 private:
  apr_status_t why_ = APR_SUCCESS;
  std::optional<Pollset> open_ = Pollset::open(pool_, 8, why_);
  Pretend pretend_;
};

TEST_F(PollsetTest, TellsWhichSocketIsReadable) {
  ASSERT_TRUE(pollset().watch(*pair_.watched, Sense::Readable).is_ok());
  EXPECT_THAT(ready_now(), IsEmpty());
  pair_.speak();
  EXPECT_THAT(ready_now(), ElementsAre(pair_.watched.get()));
}

TEST_F(PollsetTest, KnowsWhetherAWatchedSocketIsReadyNow) {
  ASSERT_TRUE(pollset().watch(*pair_.watched, Sense::Readable).is_ok());
  EXPECT_FALSE(pollset().is_ready(*pair_.watched)) << "it is writable, which is not asked for";
  pair_.speak();
  EXPECT_TRUE(pollset().is_ready(*pair_.watched));
  pair_.listen();
  EXPECT_FALSE(pollset().is_ready(*pair_.watched));
  pair_.hang_up();
  EXPECT_TRUE(pollset().is_ready(*pair_.watched));
}

TEST_F(PollsetTest, TellsWhenThereIsRoomToWrite) {
  pair_.fill();
  ASSERT_TRUE(pollset().watch(*pair_.watched, Sense::Writable).is_ok());
  EXPECT_THAT(ready_now(), IsEmpty());
  pair_.drink();
  EXPECT_THAT(ready_now(), SizeIs(1));
}

TEST_F(PollsetTest, TakesAHangUpForReadiness) {
  ASSERT_TRUE(pollset().watch(*pair_.watched, Sense::Readable).is_ok());
  pair_.hang_up();
  EXPECT_THAT(ready_now(), SizeIs(1));
}

TEST_F(PollsetTest, TellsAgainUntilTheSocketIsForgotten) {
  ASSERT_TRUE(pollset().watch(*pair_.watched, Sense::Readable).is_ok());
  pair_.speak();
  EXPECT_THAT(ready_now(), SizeIs(1));
  EXPECT_THAT(ready_now(), SizeIs(1));
  ASSERT_TRUE(pollset().forget(*pair_.watched).is_ok());
  EXPECT_THAT(ready_now(), IsEmpty());
}

TEST_F(PollsetTest, WatchesAgainWhatItForgot) {
  ASSERT_TRUE(pollset().watch(*pair_.watched, Sense::Writable).is_ok());
  ASSERT_TRUE(pollset().forget(*pair_.watched).is_ok());
  ASSERT_TRUE(pollset().watch(*pair_.watched, Sense::Readable).is_ok());
  EXPECT_THAT(ready_now(), IsEmpty()) << "it is writable, which is no longer asked for";
  pair_.speak();
  EXPECT_THAT(ready_now(), SizeIs(1));
}

TEST_F(PollsetTest, SaysWhenItDidNotWatchWhatItIsToForget) {
  EXPECT_FALSE(pollset().forget(*pair_.watched).is_ok());
}

TEST_F(PollsetTest, TellsOfAllThatAreReadyAtOnce) {
  Pair another{pool_};
  ASSERT_TRUE(pollset().watch(*pair_.watched, Sense::Readable).is_ok());
  ASSERT_TRUE(pollset().watch(*another.watched, Sense::Readable).is_ok());
  pair_.speak();
  another.speak();
  EXPECT_THAT(ready_now(), SizeIs(2));
}

TEST_F(PollsetTest, EndsTheNextWaitForAWakeUp) {
  pollset().wake();
  EXPECT_THAT(ready_within(std::nullopt), IsEmpty());
}

TEST_F(PollsetTest, IsWokenFromAnotherThread) {
  std::thread other([this] { pollset().wake(); });
  EXPECT_THAT(ready_within(std::nullopt), IsEmpty());
  other.join();
}

TEST_F(PollsetTest, IsAddedToByAnotherThreadWhileItWaits) {
  std::thread other([this] {
    EXPECT_TRUE(pollset().watch(*pair_.watched, Sense::Readable).is_ok());
    pair_.speak();
  });
  EXPECT_THAT(ready_within(std::nullopt), SizeIs(1));
  other.join();
}

TEST_F(PollsetTest, HasNothingReadyAfterTimeRanOutHoweverMuchThereWasBefore) {
  ASSERT_TRUE(pollset().watch(*pair_.watched, Sense::Readable).is_ok());
  pair_.speak();
  ASSERT_THAT(ready_now(), SizeIs(1));
  ASSERT_TRUE(pollset().forget(*pair_.watched).is_ok());
  EXPECT_THAT(ready_within(1ms), IsEmpty());
}

}  // namespace
}  // namespace mpm::apr
