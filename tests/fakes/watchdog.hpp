#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace mpm {

/// Ends the test program, after a last word, when something has not moved for a long time: that is how a lost
/// wake-up shows.
class Watchdog {
 public:
  Watchdog(std::function<long()> progress, std::function<void()> last_word)
      : progress_(std::move(progress)), last_word_(std::move(last_word)), thread_([this] { watch(); }) {}
  ~Watchdog() {
    {
      const std::lock_guard hold(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Much longer than any machine needs for one step.
  static constexpr std::chrono::seconds patience{30};

 private:
  void watch() {
    std::unique_lock hold(mutex_);
    for (long before = progress_(); !changed_.wait_for(hold, patience, [this] { return done_; });) {
      const long now = progress_();
      if (now == before) {
        last_word_();
        std::abort();
      }
      before = now;
    }
  }

  std::function<long()> progress_;
  std::function<void()> last_word_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace mpm
