#include "mpm/policy/ledger.hpp"

#include "fakes/fake_scoreboard.hpp"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mpm {
namespace {

using Entry = Ledger::Entry;

TEST(ALedger, CountsAConnectionAsOpenAndAcceptedFromItsBeginning) {
  Ledger ledger({});
  const Entry one(ledger);
  EXPECT_EQ(ledger.open(), 1);
  EXPECT_EQ(ledger.in(State::Accepted), 1);
}

TEST(ALedger, MovesTheCountWithTheConnection) {
  Ledger ledger({});
  Entry one(ledger);
  one.move_to(State::KeptAlive);
  EXPECT_EQ(ledger.in(State::Accepted), 0);
  EXPECT_EQ(ledger.in(State::KeptAlive), 1);
  EXPECT_EQ(ledger.open(), 1);
}

TEST(ALedger, CountsAConnectionOnceThatMovesToWhereItIs) {
  Ledger ledger({});
  Entry one(ledger);
  one.move_to(State::Flushing);
  one.move_to(State::Flushing);
  EXPECT_EQ(ledger.in(State::Flushing), 1);
}

TEST(ALedger, ForgetsAConnectionWithItsEntry) {
  Ledger ledger({});
  auto one = std::make_unique<Entry>(ledger);
  one->move_to(State::Lingering);
  one.reset();
  EXPECT_EQ(ledger.open(), 0);
  EXPECT_EQ(ledger.in(State::Lingering), 0);
}

TEST(ALedger, PublishesEveryChangeInItsColumn) {
  FakeScoreboard scoreboard;
  Ledger ledger(scoreboard.columns());
  auto one = std::make_unique<Entry>(ledger);
  Entry two(ledger);
  one->move_to(State::KeptAlive);
  two.move_to(State::KeptAlive);
  EXPECT_EQ(scoreboard.open(), 2U);
  EXPECT_EQ(scoreboard.in(State::KeptAlive), 2U);

  two.move_to(State::Flushing);
  EXPECT_EQ(scoreboard.in(State::KeptAlive), 1U);
  EXPECT_EQ(scoreboard.in(State::Flushing), 1U);

  one.reset();
  EXPECT_EQ(scoreboard.open(), 1U);
  EXPECT_EQ(scoreboard.in(State::KeptAlive), 0U);
}

TEST(ALedger, BeginsWithColumnsThatReadZero) {
  std::uint32_t open = 17;
  std::uint32_t suspended = 4;
  Ledger::Columns columns{.open = &open};
  columns.by_state[static_cast<std::size_t>(State::Suspended)] = &suspended;
  const Ledger ledger(columns);
  EXPECT_EQ(open, 0U);
  EXPECT_EQ(suspended, 0U);
}

/// Notes what the ledger reads when it is told something.
struct Notes final : Ledger::Observer {
  explicit Notes(const Ledger& watched) : ledger(watched) {}
  void connection_closing() noexcept override {
    closing.push_back(ledger.in(State::Lingering)*10 + ledger.in(State::Processing));
  }
  void connection_ended() noexcept override {
    ended.push_back(ledger.open() * 10 + ledger.in(State::Closed));
  }

  const Ledger& ledger;
  std::vector<int> closing;
  std::vector<int> ended;
};

TEST(ALedger, TellsItsObserverOfAnEndOnceItIsOutOfTheCounts) {
  Ledger ledger({});
  Notes notes(ledger);
  ledger.set_observer(notes);
  const Entry stays(ledger);
  auto one = std::make_unique<Entry>(ledger);
  one->move_to(State::Closed);
  EXPECT_TRUE(notes.ended.empty());
  one.reset();
  EXPECT_EQ(notes.ended, std::vector<int>{10});
}

TEST(ALedger, TellsItsObserverThatAConnectionIsOnlyBeingClosedOnceItCountsAsThat) {
  Ledger ledger({});
  Notes notes(ledger);
  ledger.set_observer(notes);
  Entry one(ledger);
  one.move_to(State::Processing);
  EXPECT_TRUE(notes.closing.empty());
  one.move_to(State::Lingering);
  one.move_to(State::Lingering);
  EXPECT_EQ(notes.closing, std::vector<int>{10});
}

TEST(ALedger, LosesNoChangeThatThreadsMakeAtTheSameTime) {
  FakeScoreboard scoreboard;
  Ledger ledger(scoreboard.columns());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5'000; ++j) {
        Entry one(ledger);
        one.move_to(State::Processing);
        one.move_to(State::KeptAlive);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ledger.open(), 0);
  EXPECT_EQ(scoreboard.open(), 0U);
  for (std::size_t state = 0; state < states; ++state) {
    EXPECT_EQ(ledger.in(static_cast<State>(state)), 0);
    EXPECT_EQ(scoreboard.in(static_cast<State>(state)), 0U);
  }
}

}  // namespace
}  // namespace mpm
