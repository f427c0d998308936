#include "child/lingering_close.hpp"

#include "child_parts.hpp"

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct ALingeringClose : ChildParts {
  ConnectionPtr begin(FakeHost& host) {
    ConnectionPtr conn = connect_in(State::Accepted, host);
    conn->on(Event::Opened);
    conn->on(Event::Finished);
    return conn;
  }
  LingeringClose closing{clock};
};

TEST_F(ALingeringClose, ShutsOurSideDownAndDrainsWhatIsThere) {
  FakeHost& host = client();
  const ConnectionPtr conn = begin(host);
  EXPECT_EQ(closing.advance(as.worker, *conn), Event::Drained);
  EXPECT_THAT(host.calls, ElementsAre("start_linger", "drain"));
}

TEST_F(ALingeringClose, DrainsNothingWhenThereIsNothingToWaitFor) {
  FakeHost& host = client();
  host.lingers = Event::Drained;
  const ConnectionPtr conn = begin(host);
  EXPECT_EQ(closing.advance(as.worker, *conn), Event::Drained);
  EXPECT_THAT(host.calls, ElementsAre("start_linger"));
}

TEST_F(ALingeringClose, ShutsDownOnceAndDrainsEachTimeTheClientSends) {
  FakeHost& host = client();
  host.drains = {Event::Blocked, Event::Blocked};
  const ConnectionPtr conn = begin(host);
  EXPECT_EQ(closing.advance(as.worker, *conn), Event::Blocked);
  EXPECT_EQ(closing.advance(as.worker, *conn), Event::Blocked);
  EXPECT_EQ(closing.advance(as.worker, *conn), Event::Drained);
  EXPECT_THAT(host.calls, ElementsAre("start_linger", "drain", "drain", "drain"));
}

TEST_F(ALingeringClose, IsOverAtItsDeadlineThoughTheClientStillSends) {
  FakeHost& host = client();
  host.drains = {Event::Blocked, Event::Blocked};
  const ConnectionPtr conn = begin(host);
  closing.advance(as.worker, *conn);
  conn->taken = conn->lingers_until - 1us;
  EXPECT_EQ(closing.advance(as.worker, *conn), Event::Blocked);
  conn->taken = conn->lingers_until;
  EXPECT_EQ(closing.advance(as.worker, *conn), Event::Drained);
  EXPECT_THAT(host.calls, ElementsAre("start_linger", "drain", "drain"));
}

TEST_F(ALingeringClose, LetsAClientRestThatHasSentSomething) {
  FakeHost& host = client();
  host.drains = {Event::Yielded, Event::Blocked};
  const ConnectionPtr conn = begin(host);
  EXPECT_EQ(closing.advance(as.worker, *conn), Event::Yielded);
  EXPECT_EQ(conn->rests_until, clock.now() + LingeringClose::rest);
  clock.advance(LingeringClose::rest);
  EXPECT_EQ(closing.advance(as.worker, *conn), Event::Blocked);
  EXPECT_EQ(conn->rests_until, std::nullopt);
}

TEST_F(ALingeringClose, WaitsThirtySeconds) {
  FakeHost& host = client();
  const ConnectionPtr conn = begin(host);
  closing.advance(as.worker, *conn);
  EXPECT_EQ(conn->lingers_until, clock.now() + 30s);
}

TEST_F(ALingeringClose, WaitsTwoSecondsWhenAModuleAsksForThat) {
  FakeHost& host = client();
  host.wish = Linger::Short;
  const ConnectionPtr conn = begin(host);
  closing.advance(as.worker, *conn);
  EXPECT_EQ(conn->lingers_until, clock.now() + 2s);
}

TEST_F(ALingeringClose, WaitsTwoSecondsForAClientThatWasIdle) {
  FakeHost& host = client();
  const ConnectionPtr conn = begin(host);
  conn->linger = Linger::Short;
  closing.advance(as.worker, *conn);
  EXPECT_THAT(host.calls, ElementsAre("start_linger short", "drain"));
  EXPECT_EQ(conn->lingers_until, clock.now() + 2s);
}

TEST_F(ALingeringClose, CountsFromTheMomentWhenEverythingWasWritten) {
  FakeHost& host = client();
  host.during_linger = [this] { clock.advance(1s); };
  const ConnectionPtr conn = begin(host);
  const Instant begun = clock.now();
  closing.advance(as.worker, *conn);
  EXPECT_EQ(conn->lingers_until, begun + 31s);
}

}  // namespace
}  // namespace mpm
