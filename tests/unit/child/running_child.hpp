#pragma once

#include "child/child_process.hpp"
#include "fakes/fake_world.hpp"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mpm {

/// A child with real threads in a fake world; the test plays the parent, the clients and the modules.
struct RunningChild : testing::Test {
  static constexpr int workers = 3;

  ~RunningChild() override {
    if (main.joinable()) stop(StopStage::Forced);
  }

  void run() {
    child = std::make_unique<ChildProcess>(world.ports(), plan, setup);
    main = std::thread([this] { end = child->run(); });
  }
  /// What the child's main thread says in the end.
  ChildEnd stop(StopStage stage) {
    world.summons.ask(stage);
    return ended();
  }
  ChildEnd ended() {
    main.join();
    return end;
  }

  /// A client that sends a request as soon as it is connected, and reads the answer.
  FakeHost& client() {
    hosts.push_back(std::make_unique<FakeHost>());
    FakeHost& host = *hosts.back();
    host.io_queue = io_queue;
    host.keep_alive_queue = keep_alive_queue;
    host.during_process = [this, &host] { world.poller.make_unready(host.fake_socket, Sense::Readable); };
    return host;
  }
  void connect(FakeHost& host) { world.sockets.one.arrive(host); }
  void request(FakeHost& host) { world.poller.make_ready(host.fake_socket, Sense::Readable); }
  void await_parked(FakeHost& host) {
    await([&] { return world.poller.watches(host.fake_socket); });
  }
  /// Time passes while the listener sleeps.
  void pass(Duration time) {
    await([this] { return world.poller.asleep(); });
    world.clock.advance(time);
  }
  void await_in(State state, std::uint32_t count) {
    await([&] { return world.scoreboard.in(state) == count; });
  }
  /// Have all workers seen that the child stops?
  bool everybody_knows() {
    int know = 0;
    for (const auto& shown : world.scoreboard.statuses) {
      const WorkerStatus status = shown;
      if (status == WorkerStatus::Draining || status == WorkerStatus::Dead) ++know;
    }
    return know == static_cast<int>(FakeScoreboard::slots);
  }
  /// A client whose worker does not come back before it is severed.
  FakeHost& blocking_client() {
    FakeHost& host = client();
    host.during_process = [&host] { await([&] { return host.severed.load(); }); };
    return host;
  }
  FakeHost& suspending_client() {
    FakeHost& host = client();
    host.processes = {Event::WantsSuspend};
    return host;
  }

  ChildProcess::Setup setup{
      .process_slot = 1,
      .quota = {.threads_per_child = workers, .per_idle = {}, .connections = 0},
      .processors = 2,
  };
  TimeoutPlan plan;
  const QueueNumber keep_alive_queue = plan.number_for(std::chrono::seconds{5});
  const QueueNumber io_queue = plan.number_for(std::chrono::seconds{60});
  FakeWorld world;
  std::vector<std::unique_ptr<FakeHost>> hosts;
  std::unique_ptr<ChildProcess> child;
  ChildEnd end = ChildEnd::Clean;
  std::thread main;
};

}  // namespace mpm
