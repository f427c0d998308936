#pragma once

#include "fakes/chance.hpp"
#include "fakes/fake_host.hpp"
#include "mpm/policy/timer_heap.hpp"
#include "mpm/ports/connection_host.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace mpm {

class WildHost;

/// ap_mpm_register_timed_callback().
using CallAfter = std::function<void(Duration after, Timer::Callback callback, void* baton)>;

/// All hosts that live, and how their lives ended. Any thread.
class Clientele {
 public:
  explicit Clientele(FakePoller& poller) : poller_(poller) {}

  void add(WildHost& host);
  void remove(WildHost& host);

  /// Some host's client does something: its socket becomes ready.
  void stir_one(Chance& chance);
  /// A module ends a suspended connection in a thread of its own, if there is one for it to end.
  void end_one_suspended();
  /// As the child has ended, ends all that is still suspended.
  void end_all_suspended();
  void suspended(WildHost& host);

  [[nodiscard]] std::size_t alive();

  /// A module registers a timed callback, unless many wait already. Any thread.
  void set_timer(const CallAfter& call_after, Duration after);

  /// Is every host parked, or suspended with no callback to come?
  [[nodiscard]] bool quiet();
  /// How many hosts are in which state, when all are quiet.
  [[nodiscard]] std::array<int, states> by_state();

  // Blocked hosts go on when this changes.
  std::atomic<std::uint32_t> epoch{0};
  void release_the_blocked() {
    epoch.fetch_add(1);
    epoch.notify_all();
  }

  std::atomic<int> born{0};
  std::atomic<int> ended{0};
  std::atomic<int> blocked{0};
  std::atomic<int> timers{0};                       // that have not been called
  std::array<std::atomic<int>, events> happened{};  // what the hosts answered, by event

 private:
  FakePoller& poller_;
  std::mutex mutex_;
  std::vector<WildHost*> alive_;
  std::vector<WildHost*> ownerless_;  // suspended, and no timer is going to end them
};

/// A connection that goes where chance leads it. It deletes itself at its end, so that a sanitizer sees any
/// later use.
class WildHost final : public ConnectionHost {
 public:
  struct Surroundings {
    Clientele& clientele;
    FakePoller& poller;
    const CallAfter& call_after;
    int queues;           // of the timeout plan
    int blocks_permille;  // how often a worker does not come back before it is released or severed
    /// What else happens while a worker runs the code of modules, on that worker's thread.
    std::function<void()> meanwhile = [] {};
  };

  WildHost(const Surroundings& around, const Chance& chance) : around_(around), chance_(chance) {}

  [[nodiscard]] void* room(std::size_t size, Destroy destroy) noexcept override;
  [[nodiscard]] std::unique_ptr<Watched> watchable() noexcept override {
    return std::make_unique<FakeWatched>(socket_);
  }
  Event open(const OnWorker& here, const WorkerSlot& slot) noexcept override;
  void attach(const OnWorker& here, const WorkerSlot& slot) noexcept override;
  void detach(const OnWorker& here) noexcept override;
  void unseat() noexcept override { is_seated_ = false; }
  [[nodiscard]] bool was_given_back(const Caller& caller) const noexcept override;
  Event process(const OnWorker& here) noexcept override;
  Event flush(const OnWorker& here) noexcept override;
  Event start_linger(const OnWorker& here, Linger& kind) noexcept override;
  Event drain(const OnWorker& here) noexcept override;
  void show(const OnWorker& here, State state) noexcept override;
  Sense sense(State state) noexcept override;
  [[nodiscard]] QueueNumber queue(State state) const noexcept override;
  [[nodiscard]] bool input_waits() const noexcept override;
  void sever() noexcept override;
  void end() noexcept override;

 private:
  friend class Clientele;

  [[nodiscard]] Event answer(Event event);
  static void give_back(void* host);
  void give_up();
  void block();
  /// Long enough for a callback to be run meanwhile, at times.
  void dawdle();
  void consume();

  Surroundings around_;
  mutable Chance chance_;
  FakeSocket socket_;
  std::atomic<State> state_{State::Accepted};  // read by the clientele at any time
  std::size_t place_ = 0;                      // in the clientele
  bool wants_suspend_ = false;
  std::atomic<bool> is_seated_{true};
  bool is_coming_back_ = false;          // a callback that gives it back is due, or has been run
  std::atomic<bool> is_awaited_{false};  // a callback is to end it or give it back
  std::atomic<bool> severed_{false};
  std::atomic<std::thread::id> given_back_in_{};
  mutable std::atomic<bool> used_{false};
  std::unique_ptr<std::byte[]> room_;
  Destroy destroy_ = nullptr;
};

}  // namespace mpm
