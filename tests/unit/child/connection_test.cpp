#include "child/connection.hpp"

#include "child_parts.hpp"

#include <gmock/gmock.h>

namespace mpm {
namespace {

using testing::ElementsAre;

using AConnection = ChildParts;

TEST_F(AConnection, BeginsAcceptedAndInTheLedger) {
  const ConnectionPtr conn = connect(client());
  EXPECT_EQ(conn->state(), State::Accepted);
  EXPECT_EQ(conn->pending, Event::Opened);
  EXPECT_EQ(ledger.open(), 1);
  EXPECT_EQ(ledger.in(State::Accepted), 1);
}

TEST_F(AConnection, GoesWhereTheTableSaysAndTheLedgerWithIt) {
  const ConnectionPtr conn = connect(client());
  EXPECT_EQ(conn->on(Event::Opened), Then::Process);
  EXPECT_EQ(conn->on(Event::WantsFlush), Then::Flush);
  EXPECT_EQ(conn->on(Event::Flushed), Then::Park);
  EXPECT_EQ(conn->state(), State::KeptAlive);
  EXPECT_EQ(ledger.in(State::KeptAlive), 1);
  EXPECT_EQ(ledger.in(State::Accepted), 0);
}

TEST_F(AConnection, EndsWithItsHandle) {
  FakeHost& host = client();
  { const ConnectionPtr conn = connect(host); }
  EXPECT_EQ(host.ended, 1);
  EXPECT_EQ(ledger.open(), 0);
}

TEST_F(AConnection, EndsWithItsHostWhenAModuleHasIt) {
  FakeHost& host = client();
  ConnectionPtr conn = connect(host);
  static_cast<void>(conn.release());
  host.end();
  EXPECT_EQ(ledger.open(), 0);
}

TEST_F(AConnection, OwnsThoseInAConvoyOneAfterTheOther) {
  FakeHost& first = client();
  FakeHost& second = client();
  {
    Convoy convoy;
    convoy.add(connect(first), Event::Ready);
    convoy.add(connect(second), Event::Expired);
    EXPECT_EQ(convoy.size(), 2U);
    const ConnectionPtr taken = convoy.take();
    EXPECT_EQ(&taken->host(), &first);
    EXPECT_EQ(taken->pending, Event::Ready);
  }
  EXPECT_EQ(first.ended, 1);
  EXPECT_EQ(second.ended, 1) << "the convoy ends what is left in it";
}

}  // namespace
}  // namespace mpm
