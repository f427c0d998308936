#include "running_child.hpp"

#include "mpm/policy/number.hpp"

#include <variant>

namespace mpm {
namespace {

struct Case {
  int threads;
  const char* factor;
  int limit;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.threads << " x " << one.factor; }

constexpr int clients = 100;

class IdleConnections : public RunningChild, public testing::WithParamInterface<Case> {
 protected:
  IdleConnections() {
    setup.quota.threads_per_child = GetParam().threads;
    setup.quota.per_idle = std::get<Factor>(positive_decimal(GetParam().factor));
  }
};

TEST_P(IdleConnections, AreAdmittedExactlyUpToTheLimitAndTheNextAsSoonAsOneCloses) {
  const auto limit = static_cast<std::uint32_t>(GetParam().limit);
  for (int i = 0; i < clients; ++i) {
    client().flushes = {Event::Flushed, Event::Finished};
    connect(*hosts.back());
  }
  run();
  await_in(State::KeptAlive, limit);
  await([this] { return world.poller.asleep(); });
  EXPECT_EQ(world.sockets.one.waiting(), clients - limit);
  EXPECT_EQ(world.scoreboard.accepting, Scoreboard::Accepting::No);

  request(*hosts.front());
  await([this] { return hosts.front()->ended == 1; });
  await_in(State::KeptAlive, limit);
  EXPECT_EQ(world.sockets.one.waiting(), clients - limit - 1);
  EXPECT_EQ(world.scoreboard.open(), limit);
}
INSTANTIATE_TEST_SUITE_P(Factors, IdleConnections,
                         testing::Values(Case{10, "1.5", 25}, Case{10, "2", 30}, Case{8, "2.75", 30},
                                         Case{16, "1.25", 36}));

}  // namespace
}  // namespace mpm
