#pragma once

#include "fakes/fake_poller.hpp"
#include "mpm/ports/connection_host.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace mpm {

/// Ends the test program when two threads are inside one connection at a time.
class SoleUse {
 public:
  explicit SoleUse(std::atomic<bool>& used);
  ~SoleUse() { used_.store(false, std::memory_order_relaxed); }
  SoleUse(const SoleUse&) = delete;
  SoleUse& operator=(const SoleUse&) = delete;

 private:
  std::atomic<bool>& used_;  // relaxed, so that it orders nothing that ThreadSanitizer should complain about
};

/// A connection as a test tells it to go. The test owns it, so that it can be looked at after its end.
class FakeHost final : public ConnectionHost {
 public:
  FakeHost() = default;
  ~FakeHost();

  [[nodiscard]] void* room(std::size_t size, Destroy destroy) noexcept override;
  [[nodiscard]] std::unique_ptr<Watched> watchable() noexcept override {
    return std::make_unique<FakeWatched>(fake_socket);
  }
  Event open(const OnWorker& here, const WorkerSlot& slot) noexcept override;
  void attach(const OnWorker& here, const WorkerSlot& slot) noexcept override;
  void detach(const OnWorker& here) noexcept override;
  void unseat() noexcept override { ++unseated; }
  [[nodiscard]] bool was_given_back(const Caller& caller) const noexcept override {
    return given_back_in == caller.thread && given_back_after >= caller.since;
  }
  Event process(const OnWorker& here) noexcept override;
  Event flush(const OnWorker& here) noexcept override;
  Event start_linger(const OnWorker& here, Linger& kind) noexcept override;
  Event drain(const OnWorker& here) noexcept override;
  void show(const OnWorker& here, State state) noexcept override;
  Sense sense(State state) noexcept override;
  [[nodiscard]] QueueNumber queue(State state) const noexcept override;
  [[nodiscard]] bool input_waits() const noexcept override { return input; }
  void sever() noexcept override;
  void end() noexcept override;

  // What each step answers: the first left of its list, or when that is empty what is said here.
  Event opens = Event::Opened;
  std::deque<Event> processes;  ///< then WantsFlush
  std::deque<Event> flushes;    ///< then Flushed
  std::deque<Event> drains;     ///< then Drained
  Event lingers = Event::Blocked;
  Linger wish = Linger::Normal;  ///< Short: a module asks for a short linger
  bool input = false;            ///< a read would return at once
  std::function<void()> during_process;
  std::function<void()> during_linger;
  std::function<void()> during_detach;  ///< in the hooks: a module may end the connection there

  QueueNumber keep_alive_queue = 0;
  QueueNumber io_queue = 0;

  FakeSocket fake_socket;

  /// The names of the steps, in order; sever(), which other threads call, is not among them.
  std::vector<std::string> calls;
  std::vector<int> slots;         ///< the thread slots it was opened and taken up in
  std::atomic<int> detached = 0;  ///< from then on a module may do with it as it likes
  int unseated = 0;
  std::atomic<bool> severed{false};
  std::atomic<std::thread::id> given_back_in{};  ///< the thread in which a module did
  std::uint64_t given_back_after =
      std::numeric_limits<std::uint64_t>::max();  ///< so many callbacks had begun
  std::atomic<int> ended{0};

 private:
  static Event next(std::deque<Event>& answers, Event otherwise);

  std::unique_ptr<std::byte[]> room_;
  void* made_ = nullptr;
  Destroy destroy_ = nullptr;
  std::atomic<bool> used_{false};
};

}  // namespace mpm
