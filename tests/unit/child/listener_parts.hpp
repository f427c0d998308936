#pragma once

#include "child_parts.hpp"

#include <deque>
#include <functional>
#include <optional>

#include <gmock/gmock.h>

namespace mpm {

using Longest = std::optional<std::chrono::milliseconds>;

/// The listener's own loop on the test's thread. Each time it sleeps, the next thing in `meanwhile` happens;
/// when there is nothing left, the child is forced to stop.
struct AListener : ChildParts, Farewell {
  AListener() {
    poller.while_asleep = [this](Longest longest) {
      slept.push_back(longest);
      if (meanwhile.empty()) {
        stopper.raise(StopStage::Forced);
        return;
      }
      const auto next = std::move(meanwhile.front());
      meanwhile.pop_front();
      next();
    };
  }
  ~AListener() override {
    stop.raise(StopStage::Forced);
    for (auto& bench : benches) static_cast<void>(queue.take(as.worker, *bench, clock.now()));
  }
  void gone() noexcept override { ++farewells; }

  void run() { listener.run(self); }
  void then(std::function<void()> thing) { meanwhile.push_back(std::move(thing)); }
  Bench& running_worker() {
    benches.push_back(std::make_unique<Bench>());
    queue.enrol(as.worker, *benches.back(), clock.now());
    return *benches.back();
  }
  void idle_workers(int count) {
    while (count-- > 0) {
      running_worker();
      static_cast<void>(queue.take(as.worker, *benches.back(), clock.now()));
    }
  }
  /// Everything that waits in the queue, by name. The last thing that happens: it ends the child.
  std::vector<std::string> queued() {
    std::vector<std::string> names;
    Bench bench;
    queue.enrol(as.worker, bench, clock.now());
    for (;;) {
      WorkQueue::Taken taken = queue.take(as.worker, bench, clock.now());
      Work* const work = std::get_if<Work>(&taken);
      if (!work) break;
      names.push_back(name_of(*work));
    }
    stopper.raise(StopStage::Forced);
    static_cast<void>(queue.take(as.worker, bench, clock.now()));
    return names;
  }
  static std::string name_of(Work& work) {
    if (std::holds_alternative<TimerPtr>(work)) return "timer";
    const ConnectionPtr conn = std::move(std::get<ConnectionPtr>(work));
    if (conn->state() == State::Accepted) return "new";
    if (conn->pending == Event::Ready) return "ready";
    return conn->pending == Event::Evicted ? "evicted" : "expired";
  }

  NativeThread self;
  std::deque<std::function<void()>> meanwhile;
  std::vector<Longest> slept;
  std::vector<std::unique_ptr<Bench>> benches;
  int farewells = 0;
  Listener listener{around_listener(*this)};
};

}  // namespace mpm
