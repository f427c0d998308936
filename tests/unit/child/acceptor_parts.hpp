#pragma once

#include "child_parts.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace mpm {

/// The acceptor on its own; the test plays the listener and the workers.
struct AnAcceptor : ChildParts {
  explicit AnAcceptor(const Quota& allowed = {.threads_per_child = 4, .per_idle = {}, .connections = 0},
                      std::size_t listening = 1)
      : ChildParts(allowed, 2, listening) {}
  ~AnAcceptor() override {
    stop.raise(StopStage::Forced);
    for (auto& bench : benches) static_cast<void>(queue.take(as.worker, *bench, clock.now()));
  }

  /// So many workers without work.
  void idle_workers(int count) {
    while (count-- > 0) {
      benches.push_back(std::make_unique<Bench>());
      queue.enrol(as.worker, *benches.back(), clock.now());
      rest(*benches.back());
    }
  }
  void rest(Bench& bench) { static_cast<void>(queue.take(as.worker, bench, clock.now())); }
  void arrive(int count = 1) {
    while (count-- > 0) sockets.one.arrive(client());
  }
  void accept() { acceptor.accept(as.listener, sockets.one, clock.now()); }
  void reconsider() { acceptor.reconsider(as.listener, clock.now()); }
  bool claim() { return acceptor.claim_last_answer(Transport::Plain); }
  bool watching() { return poller.watches(sockets.one.fake_socket); }

  std::vector<std::unique_ptr<Bench>> benches;
};

}  // namespace mpm
