#pragma once

#include "fakes/fake_clock.hpp"
#include "mpm/ports/poller.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace mpm {

/// A socket that is ready when a test says so. Its poller's lock guards it.
class FakeSocket final : public Watched {
 private:
  friend class FakePoller;

  bool readable_ = false;
  bool writable_ = false;
  bool watched_ = false;
  Sense sense_ = Sense::Readable;
  Ready who_;
};

/// A level-triggered pollset over FakeSockets, in fake time. As the real one, it keeps a wake-up until the
/// next wait and tells nothing of a socket that was forgotten.
class FakePoller final : public Poller {
 public:
  explicit FakePoller(FakeClock& clock);

  Status watch(Watched& socket, Sense sense, const Ready& who) noexcept override;
  Status forget(Watched& socket) noexcept override;
  Found wait(const OnListener& here, std::optional<std::chrono::milliseconds> longest) noexcept override;
  void wake() noexcept override;

  // The world's side of it, for any thread.
  void make_ready(FakeSocket& socket, Sense sense) { set(socket, sense, true); }
  void make_unready(FakeSocket& socket, Sense sense) { set(socket, sense, false); }
  [[nodiscard]] bool watches(const FakeSocket& socket);
  [[nodiscard]] Sense sense(const FakeSocket& socket);
  [[nodiscard]] std::size_t watched();
  /// How often wake() has been called.
  [[nodiscard]] int wakes();
  /// Does the listener sleep, and will it sleep on if nothing happens?
  [[nodiscard]] bool asleep();
  /// Looks at all sleepers' conditions again: the clock has been moved.
  void stir();

  /// The next `times` sockets are not watched; the status is `why`.
  void refuse(Status why, int times = 1);
  /// Says of each watch whether it is refused; on the thread that watches, under the poller's lock.
  std::function<bool(const Watched&)> refuses;
  /// How many threads have waited so far.
  [[nodiscard]] std::size_t waiters();
  /// Every wait from now on fails.
  void break_down(Status why);

  /// What the world does while the listener sleeps, on the listener's thread. Without it, wait() blocks.
  std::function<void(std::optional<std::chrono::milliseconds> longest)> while_asleep;

 private:
  void set(FakeSocket& socket, Sense sense, bool ready);
  [[nodiscard]] bool collect();
  [[nodiscard]] bool has_to_rise();

  FakeClock& clock_;
  std::atomic<bool> waiting_{false};
  std::mutex mutex_;
  std::set<std::thread::id> waiters_;
  std::condition_variable changed_;
  std::vector<FakeSocket*> watched_;
  std::vector<Ready> found_;
  bool woken_ = false;
  bool asleep_ = false;
  std::optional<Instant> until_;
  int wakes_ = 0;
  int refusals_ = 0;
  Status refusal_;
  Status broken_;
};

}  // namespace mpm
