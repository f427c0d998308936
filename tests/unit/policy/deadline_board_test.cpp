#include "mpm/policy/deadline_board.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct ADeadlineBoard : testing::Test {
  ADeadlineBoard() : board(plan) { static_cast<void>(board.promise(now)); }
  ~ADeadlineBoard() override {
    while (Waiter* const left = board.any()) board.leave(*left);
  }

  Waiter& at(const std::string& name) {
    auto& waiter = waiters[name];
    if (!waiter) waiter = std::make_unique<Waiter>();
    return *waiter;
  }
  /// Each says whether the listener has to be woken.
  bool keep_alive(const std::string& name, QueueNumber queue) {
    return board.enter(at(name), Waiter::For::NextRequest, queue, now);
  }
  bool wait_for_socket(const std::string& name, QueueNumber queue) {
    return board.enter(at(name), Waiter::For::Socket, queue, now);
  }
  bool linger(const std::string& name, Duration time) {
    at(name).lingers_until = now + time;
    return board.enter_lingering(at(name), now);
  }

  std::string name_of(const Waiter* waiter) const {
    for (const auto& [name, one] : waiters) {
      if (one.get() == waiter) return name;
    }
    return "nobody";
  }
  /// Takes what is due from the board.
  std::vector<std::string> expired() {
    std::vector<std::string> names;
    while (Waiter* const waiter = board.due(now)) {
      names.push_back(name_of(waiter));
      board.leave(*waiter);
    }
    return names;
  }
  std::vector<std::string> evicted(Instant latest) {
    std::vector<std::string> names;
    while (Waiter* const waiter = board.oldest_kept_alive(latest)) {
      names.push_back(name_of(waiter));
      board.leave(*waiter);
    }
    return names;
  }

  Instant now{1h};
  TimeoutPlan plan;
  const QueueNumber five = plan.number_for(5s);
  const QueueNumber sixty = plan.number_for(60s);
  DeadlineBoard board;
  std::map<std::string, std::unique_ptr<Waiter>> waiters;
};

TEST_F(ADeadlineBoard, IsEmptyAtFirst) {
  EXPECT_EQ(board.any(), nullptr);
  EXPECT_EQ(board.due(Instant::max()), nullptr);
  EXPECT_EQ(board.oldest_parked(), std::nullopt);
  EXPECT_EQ(board.promise(now), std::nullopt);
}

TEST_F(ADeadlineBoard, ReleasesNobodyOneTickBeforeTheDeadline) {
  keep_alive("a", five);
  now += 5s - 1us;
  EXPECT_THAT(expired(), IsEmpty());
  now += 1us;
  EXPECT_THAT(expired(), ElementsAre("a"));
}

TEST_F(ADeadlineBoard, ReleasesInTheOrderTheyWereParked) {
  keep_alive("a", five);
  now += 1s;
  keep_alive("b", five);
  now += 2s;
  keep_alive("c", five);
  now += 3s;
  EXPECT_THAT(expired(), ElementsAre("a", "b"));
  EXPECT_EQ(board.any(), waiters["c"].get());
}

TEST_F(ADeadlineBoard, ReleasesThoseWhoWereParkedAtTheSameMomentInTheirOrder) {
  wait_for_socket("b", five);
  wait_for_socket("a", five);
  now += 5s;
  EXPECT_THAT(expired(), ElementsAre("b", "a"));
}

TEST_F(ADeadlineBoard, KeepsALongTimeoutFromHoldingUpAShortOne) {
  keep_alive("long", sixty);
  keep_alive("short", five);
  now += 5s;
  EXPECT_THAT(expired(), ElementsAre("short"));
}

TEST_F(ADeadlineBoard, ReleasesAllKindsThatAreDue) {
  keep_alive("kept alive", five);
  wait_for_socket("flushing", five);
  linger("lingering", 5s);
  now += 5s;
  EXPECT_THAT(expired(), ElementsAre("kept alive", "flushing", "lingering"));
}

TEST_F(ADeadlineBoard, ReleasesALingeringConnectionAtItsOwnDeadline) {
  linger("late", 30s);
  linger("early", 2s);
  now += 2s;
  EXPECT_THAT(expired(), ElementsAre("early"));
  now += 28s;
  EXPECT_THAT(expired(), ElementsAre("late"));
}

TEST_F(ADeadlineBoard, LetsAnyKindLeaveFromItsMiddle) {
  keep_alive("a", five);
  keep_alive("b", five);
  wait_for_socket("c", sixty);
  linger("d", 2s);
  for (const char* name : {"b", "c", "d"}) board.leave(at(name));
  EXPECT_TRUE(at("a").waiting());
  EXPECT_FALSE(at("b").waiting());
  EXPECT_FALSE(at("d").waiting());
  now += 60s;
  EXPECT_THAT(expired(), ElementsAre("a"));
}

TEST_F(ADeadlineBoard, GivesAnyOneOfEachKindForEmptyingIt) {
  linger("lingering", 2s);
  EXPECT_EQ(board.any(), &at("lingering"));
  wait_for_socket("socket", sixty);
  EXPECT_EQ(board.any(), &at("socket"));
}

TEST_F(ADeadlineBoard, EvictsKeptAliveConnectionsAcrossQueuesOldestFirst) {
  keep_alive("b", sixty);
  now += 1s;
  keep_alive("c", five);
  now += 1s;
  keep_alive("d", sixty);
  EXPECT_THAT(evicted(now), ElementsAre("b", "c", "d"));
}

TEST_F(ADeadlineBoard, EvictsNobodyWhoWasParkedLately) {
  keep_alive("old", five);
  now += 1s;
  keep_alive("new", sixty);
  EXPECT_THAT(evicted(now - 1us), ElementsAre("old"));
}

TEST_F(ADeadlineBoard, EvictsNobodyButKeptAliveConnections) {
  wait_for_socket("flushing", five);
  linger("lingering", 2s);
  EXPECT_THAT(evicted(Instant::max()), IsEmpty());
}

TEST_F(ADeadlineBoard, KnowsWhenTheOldestKeptAliveConnectionWasParked) {
  const Instant first = now;
  wait_for_socket("flushing", five);
  EXPECT_EQ(board.oldest_parked(), std::nullopt);
  keep_alive("a", sixty);
  now += 1s;
  keep_alive("b", five);
  EXPECT_EQ(board.oldest_parked(), first);
}

// --- the promise: until when the listener may sleep ---

TEST_F(ADeadlineBoard, PromisesTheEarliestDeadlineOfAllKinds) {
  linger("lingering", 30s);
  EXPECT_EQ(board.promise(now), now + 30s);
  keep_alive("long", sixty);
  EXPECT_EQ(board.promise(now), now + 30s);
  keep_alive("short", five);
  EXPECT_EQ(board.promise(now), now + 5s);
  linger("hurried", 2s);
  EXPECT_EQ(board.promise(now), now + 2s);
}

TEST_F(ADeadlineBoard, WakesAListenerThatSleepsForEver) { EXPECT_TRUE(keep_alive("a", sixty)); }

TEST_F(ADeadlineBoard, WakesAListenerThatSleepsTooLong) {
  keep_alive("long", sixty);
  static_cast<void>(board.promise(now));
  EXPECT_TRUE(wait_for_socket("short", five));
  EXPECT_TRUE(linger("shorter", 2s));
}

TEST_F(ADeadlineBoard, WakesNobodyForADeadlineThatIsNotEarlier) {
  keep_alive("a", five);
  static_cast<void>(board.promise(now));
  EXPECT_FALSE(keep_alive("same", five));
  now += 1s;
  EXPECT_FALSE(keep_alive("later", five));
  EXPECT_FALSE(linger("much later", 30s));
}

TEST_F(ADeadlineBoard, WakesNobodyBeforeTheListenerHasSlept) {
  DeadlineBoard fresh(plan);
  EXPECT_FALSE(fresh.enter(at("a"), Waiter::For::Socket, five, now));
  EXPECT_EQ(fresh.promise(now), now + 5s);
  fresh.leave(at("a"));
}

TEST_F(ADeadlineBoard, KeepsAPromiseThatIsStillAheadWhenItHasEmptied) {
  keep_alive("comes and goes", five);
  const auto promised = board.promise(now);
  board.leave(at("comes and goes"));
  now += 1s;
  EXPECT_EQ(board.promise(now), promised);
  EXPECT_FALSE(keep_alive("comes and goes", five)) << "the listener wakes before that anyway";
}

TEST_F(ADeadlineBoard, ForgetsAPromiseWhoseTimeHasCome) {
  keep_alive("gone", five);
  static_cast<void>(board.promise(now));
  board.leave(at("gone"));
  now += 5s;
  EXPECT_EQ(board.promise(now), std::nullopt);
  EXPECT_TRUE(keep_alive("new", five));
}

// --- a child that drains ---

TEST_F(ADeadlineBoard, HurriesThoseThatLinger) {
  linger("long", 30s);
  linger("nearly over", 1s);
  board.hurry(now);
  EXPECT_EQ(board.promise(now), now + 1s);
  now += 1s;
  EXPECT_THAT(expired(), ElementsAre("nearly over"));
  now += 1s;
  EXPECT_THAT(expired(), ElementsAre("long"));
}

TEST_F(ADeadlineBoard, HurriesThoseThatRestNoLessForThat) {
  at("restless").rests_until = now + 10ms;
  linger("restless", 30s);
  board.hurry(now);
  EXPECT_EQ(board.promise(now), now + 10ms);
  now += 10ms;
  board.leave(at("restless"));
  at("restless").rests_until = now + 10s;
  static_cast<void>(board.enter_lingering(at("restless"), now));
  EXPECT_EQ(board.promise(now), now + 2s - 10ms);
}

// A worker computes a deadline, the child begins to drain, and only then the worker parks the connection.
TEST_F(ADeadlineBoard, HurriesThoseThatComeToLingerLater) {
  board.hurry(now);
  now += 1s;
  linger("late", 30s);
  linger("nearly over", 1s);
  now += 1s;
  EXPECT_THAT(expired(), ElementsAre("nearly over"));
  now += 1s;
  EXPECT_THAT(expired(), ElementsAre("late"));
}

TEST_F(ADeadlineBoard, WakesTheListenerForAKeptAliveConnectionThatItWillEvictWhenQuiet) {
  static_cast<void>(wait_for_socket("a slow reader", five));
  static_cast<void>(board.promise(now));
  EXPECT_FALSE(keep_alive("before the drain", sixty));
  board.hurry(now);
  EXPECT_TRUE(keep_alive("in the drain", sixty));
}

TEST_F(ADeadlineBoard, HurriesNobodyButThoseThatLinger) {
  keep_alive("kept alive", sixty);
  wait_for_socket("flushing", sixty);
  board.hurry(now);
  now += 60s - 1us;
  EXPECT_THAT(expired(), IsEmpty());
}

}  // namespace
}  // namespace mpm
