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
class FakeSocket {
 public:
  FakeSocket() = default;
  FakeSocket(const FakeSocket&) = delete;
  FakeSocket& operator=(const FakeSocket&) = delete;
  ~FakeSocket() = default;

 private:
  friend class FakePoller;

  bool readable_ = false;
  bool writable_ = false;
  bool watched_ = false;
  Sense sense_ = Sense::Readable;
};

class FakeWatched final : public Watched {
 public:
  explicit FakeWatched(FakeSocket& at) : socket(at) { ++living; }
  ~FakeWatched() override { --living; }
  FakeSocket& socket;
  static inline std::atomic<int> living{0};
};

/// A level-triggered pollset over FakeSockets, in fake time. As the real one, it keeps a wake-up until the
/// next wait, and a wait that begins tells nothing of a socket that was forgotten.
class FakePoller final : public Poller {
 public:
  explicit FakePoller(FakeClock& clock);

  Status watch(Watched& socket, Sense sense) noexcept override;
  Status forget(Watched& socket) noexcept override;
  Found wait(const OnListener& here, std::optional<std::chrono::milliseconds> longest) noexcept override;
  [[nodiscard]] bool is_ready(const Watched& socket) const noexcept override;
  void wake() noexcept override;

  // The world's side of it, for any thread.
  void make_ready(FakeSocket& socket, Sense sense) { set(socket, sense, true); }
  void make_unready(FakeSocket& socket, Sense sense) { set(socket, sense, false); }
  [[nodiscard]] bool watches(const FakeSocket& socket);
  /// Is it watched, with nothing to tell of it?
  [[nodiscard]] bool is_quiet(const FakeSocket& socket);
  [[nodiscard]] Sense sense(const FakeSocket& socket);
  [[nodiscard]] std::size_t watched();
  /// How often watch() has been.
  [[nodiscard]] int watch_calls();
  /// How often is_ready() has been.
  [[nodiscard]] int asked() const { return asked_; }
  /// How often wake() has been called.
  [[nodiscard]] int wakes();
  /// Does the listener sleep, and will it sleep on if nothing happens?
  [[nodiscard]] bool asleep();
  /// Looks at all sleepers' conditions again: the clock has been moved.
  void stir();

  /// The next `times` sockets are not watched; the status is `why`.
  void refuse(Status why, int times = 1);
  /// Says of each watch whether it is refused; on the thread that watches, under the poller's lock.
  std::function<bool(const FakeSocket&)> refuses;
  /// How many threads have waited so far.
  [[nodiscard]] std::size_t waiters();
  /// Modules close sockets that others have copies of: what is forgotten is told of all the same.
  std::atomic<bool> cannot_forget{false};
  /// Every wait from now on fails.
  void break_down(Status why);

  /// What the world does while the listener sleeps, on the listener's thread. Without it, wait() blocks.
  std::function<void(std::optional<std::chrono::milliseconds> longest)> while_asleep;

 private:
  void set(FakeSocket& socket, Sense sense, bool ready);
  [[nodiscard]] static bool ready(const FakeSocket& socket) noexcept;
  [[nodiscard]] bool collect();
  [[nodiscard]] bool has_to_rise();

  FakeClock& clock_;
  std::atomic<bool> waiting_{false};
  mutable std::mutex mutex_;
  std::set<std::thread::id> waiters_;
  std::condition_variable changed_;
  std::vector<FakeWatched*> watched_;
  std::vector<Watched*> found_;
  bool woken_ = false;
  bool asleep_ = false;
  std::optional<Instant> until_;
  int watch_calls_ = 0;
  mutable std::atomic<int> asked_{0};
  int wakes_ = 0;
  int refusals_ = 0;
  Status refusal_;
  Status broken_;
};

}  // namespace mpm
