#include "unit/child/running_child.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using namespace std::chrono_literals;

/// A child with workers to spare, in which one timed callback finishes the requests of several connections.
class ConnectionsGivenBackTogether : public RunningChild {
 protected:
  static constexpr int clients = 3;

  ConnectionsGivenBackTogether() {
    setup.quota.threads_per_child = 8;
    run();
    await([this] {
      if (world.summons.asleep()) world.clock.advance(100ms);
      return world.threads.started == 9;
    });
    for (int i = 0; i < clients; ++i) suspend_one();
  }
  ~ConnectionsGivenBackTogether() override { may_end = true; }

  void suspend_one() {
    FakeHost& host = suspending_client();
    connect(host);
    suspended.push_back(&host);
    await([&] { return host.detached == 1; });  // until then it is the worker's
    host.flushes = {Event::MoreInput};
    host.during_process = [this] {
      ++serving;
      await([this] { return may_end.load(); });
    };
    host.processes = {Event::WantsFlush};
  }
  /// As soon as the listener has seen no more to do and sleeps.
  static void give_all_back(void* test) {
    auto& self = *static_cast<ConnectionsGivenBackTogether*>(test);
    await([&] { return self.world.poller.asleep(); });
    for (FakeHost* const host : self.suspended) host->given_back_in = std::this_thread::get_id();
  }

  std::vector<FakeHost*> suspended;
  std::atomic<int> serving{0};
  std::atomic<bool> may_end{false};
};

// Each has its next request there already, and that one blocks.
TEST_F(ConnectionsGivenBackTogether, AreServedByAsManyWorkersThoughTheFirstOfThemBlocks) {
  await([this] { return world.poller.asleep(); });
  child->call_after(1ms, give_all_back, this);
  pass(1ms);
  await([this] {
    if (world.poller.asleep()) world.clock.advance(1ms);
    return serving == clients;
  });
  may_end = true;
  await_in(State::KeptAlive, clients);
  for (FakeHost* const host : suspended) host->during_process = nullptr;
}

}  // namespace
}  // namespace mpm
