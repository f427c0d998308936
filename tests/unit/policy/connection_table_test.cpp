#include "mpm/policy/connection_table.hpp"

#include "fakes/table_names.hpp"

#include <array>
#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace mpm {
namespace {

/// A connection that is taken through the table step by step.
class ConnectionTable : public testing::Test {
 protected:
  void begin_in(State state) { at_ = state; }
  /// The event happens, and leads to `to`.
  void follow(Event event, State to, Then then) {
    const Row* const row = step(at_, event);
    ASSERT_NE(row, nullptr) << name(event) << " in " << name(at_);
    EXPECT_EQ(row->to, to);
    EXPECT_EQ(row->then, then);
    at_ = row->to;
  }
  /// The event cannot happen here.
  void refuse(Event event) { EXPECT_EQ(step(at_, event), nullptr) << name(event) << " in " << name(at_); }

 private:
  State at_ = State::Accepted;
};

TEST_F(ConnectionTable, ServesOneRequestAndKeepsTheConnection) {
  begin_in(State::Accepted);
  follow(Event::Opened, State::Processing, Then::Process);
  follow(Event::WantsFlush, State::Flushing, Then::Flush);
  follow(Event::Flushed, State::KeptAlive, Then::Park);
  follow(Event::Ready, State::Processing, Then::Process);
}

TEST_F(ConnectionTable, ClosesWhatTheConnectionHooksRefuseWithoutLingering) {
  begin_in(State::Accepted);
  follow(Event::Refused, State::Closed, Then::Close);
}

TEST_F(ConnectionTable, ParksAResponseThatTheClientDoesNotTake) {
  begin_in(State::Flushing);
  follow(Event::Blocked, State::Flushing, Then::Park);
  follow(Event::Ready, State::Flushing, Then::Flush);
  follow(Event::Finished, State::Lingering, Then::Linger);
}

TEST_F(ConnectionTable, ServesAPipelinedRequestAtOnce) {
  begin_in(State::Flushing);
  follow(Event::MoreInput, State::Processing, Then::Process);
}

TEST_F(ConnectionTable, PutsAConnectionThatHasHadItsTurnBackIntoTheQueue) {
  begin_in(State::Flushing);
  follow(Event::Yielded, State::Flushing, Then::Queue);
  follow(Event::MoreInput, State::Processing, Then::Process);
}

TEST_F(ConnectionTable, LingersWhenAClientTakesItsResponseTooSlowly) {
  begin_in(State::Flushing);
  follow(Event::Expired, State::Lingering, Then::Linger);
}

TEST_F(ConnectionTable, CallsAModuleAgainThatWaitsForTheSocket) {
  begin_in(State::Processing);
  follow(Event::WantsIo, State::AwaitingIo, Then::Park);
  follow(Event::Ready, State::Processing, Then::Process);
}

TEST_F(ConnectionTable, LingersWhenAModuleWaitsForTheSocketTooLong) {
  begin_in(State::AwaitingIo);
  follow(Event::Expired, State::Lingering, Then::Linger);
}

TEST_F(ConnectionTable, LetsGoOfASuspendedConnection) {
  begin_in(State::Processing);
  follow(Event::WantsSuspend, State::Suspended, Then::LetGo);
}

TEST_F(ConnectionTable, FlushesASuspendedConnectionThatItsModuleGivesBack) {
  begin_in(State::Suspended);
  follow(Event::WantsFlush, State::Flushing, Then::Flush);
}

TEST_F(ConnectionTable, KnowsNothingElseThatHappensToASuspendedConnection) {
  begin_in(State::Suspended);
  for (std::size_t event = 0; event < events; ++event) {
    if (static_cast<Event>(event) != Event::WantsFlush) refuse(static_cast<Event>(event));
  }
}

TEST_F(ConnectionTable, LingersAfterTheLastRequest) {
  begin_in(State::Processing);
  follow(Event::Finished, State::Lingering, Then::Linger);
  follow(Event::Drained, State::Closed, Then::Close);
}

TEST_F(ConnectionTable, DrainsAgainEachTimeALingeringClientSends) {
  begin_in(State::Lingering);
  follow(Event::Blocked, State::Lingering, Then::Park);
  follow(Event::Ready, State::Lingering, Then::Linger);
  follow(Event::Yielded, State::Lingering, Then::Park);
  follow(Event::Ready, State::Lingering, Then::Linger);
  follow(Event::Blocked, State::Lingering, Then::Park);
  follow(Event::Expired, State::Closed, Then::Close);
}

TEST_F(ConnectionTable, LingersWhenAKeptAliveConnectionExpires) {
  begin_in(State::KeptAlive);
  follow(Event::Expired, State::Lingering, Then::Linger);
}

TEST_F(ConnectionTable, LingersWhenAKeptAliveConnectionIsEvicted) {
  begin_in(State::KeptAlive);
  follow(Event::Evicted, State::Lingering, Then::Linger);
}

TEST_F(ConnectionTable, EvictsNothingButKeptAliveConnections) {
  for (const State state : {State::Accepted, State::Processing, State::Flushing, State::AwaitingIo,
                            State::Suspended, State::Lingering, State::Closed}) {
    begin_in(state);
    refuse(Event::Evicted);
  }
}

TEST_F(ConnectionTable, EndsInClosed) {
  begin_in(State::Closed);
  for (std::size_t event = 0; event < events; ++event) refuse(static_cast<Event>(event));
}

TEST_F(ConnectionTable, ParksInTheStatesThatWaitAndInNoOther) {
  EXPECT_TRUE(waits_in(State::Flushing));
  EXPECT_TRUE(waits_in(State::AwaitingIo));
  EXPECT_TRUE(waits_in(State::KeptAlive));
  EXPECT_TRUE(waits_in(State::Lingering));
  EXPECT_FALSE(waits_in(State::Accepted));
  EXPECT_FALSE(waits_in(State::Processing));
  EXPECT_FALSE(waits_in(State::Suspended));
  EXPECT_FALSE(waits_in(State::Closed));
}

// The tests above, as pairs; together with the next test: no row without a test, no test without a row.
constexpr auto specified = std::to_array<std::pair<State, Event>>({
    {State::Accepted, Event::Opened},       {State::Accepted, Event::Refused},
    {State::Processing, Event::WantsFlush}, {State::Processing, Event::WantsIo},
    {State::Processing, Event::Finished},   {State::Processing, Event::WantsSuspend},
    {State::Flushing, Event::Flushed},      {State::Flushing, Event::Blocked},
    {State::Flushing, Event::Ready},        {State::Flushing, Event::Finished},
    {State::Flushing, Event::MoreInput},    {State::Flushing, Event::Expired},
    {State::AwaitingIo, Event::Ready},      {State::AwaitingIo, Event::Expired},
    {State::KeptAlive, Event::Ready},       {State::KeptAlive, Event::Expired},
    {State::KeptAlive, Event::Evicted},     {State::Lingering, Event::Blocked},
    {State::Lingering, Event::Ready},       {State::Lingering, Event::Drained},
    {State::Lingering, Event::Expired},     {State::Flushing, Event::Yielded},
    {State::Suspended, Event::WantsFlush},  {State::Lingering, Event::Yielded},
});

TEST(ConnectionTableAsAWhole, HasExactlyTheRowsThatAreSpecified) {
  std::set<std::pair<State, Event>> rows;
  for (const Row& row : table) rows.emplace(row.from, row.on);
  EXPECT_EQ(rows, (std::set<std::pair<State, Event>>(specified.begin(), specified.end())));
}

}  // namespace
}  // namespace mpm
