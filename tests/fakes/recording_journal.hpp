#pragma once

#include "mpm/ports/journal.hpp"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace mpm {

/// Remembers what was said, in order. Any thread.
class RecordingJournal final : public Journal {
 public:
  void accepting_again(const Load&) noexcept override { add("accepting again"); }
  void holding(Gate why, const Load&) noexcept override {
    add(why == Gate::HeldBusy ? "holding: busy" : "holding: full");
  }
  void stopping(StopStage stage) noexcept override {
    add(stage == StopStage::Forced ? "stopping: forced" : "stopping: graceful");
  }
  void connection_limit_reached() noexcept override { add("connection limit reached"); }
  void poll_failed(Status) noexcept override { add("poll failed"); }
  void not_parked(State, Status) noexcept override { add("not parked"); }
  void listen_socket_not_watched(Status) noexcept override { add("listen socket not watched"); }
  void worker_not_started(Status) noexcept override { add("worker not started"); }
  void short_of_workers(int has, Status) noexcept override {
    add("does without workers: has " + std::to_string(has));
  }
  void listener_not_started(Status) noexcept override { add("listener not started"); }
  void not_joined(Status) noexcept override { add("not joined"); }

  [[nodiscard]] std::vector<std::string> entries() {
    const std::lock_guard hold(mutex_);
    return entries_;
  }

 private:
  void add(std::string entry) {
    const std::lock_guard hold(mutex_);
    entries_.push_back(std::move(entry));
  }

  std::mutex mutex_;
  std::vector<std::string> entries_;
};

}  // namespace mpm
