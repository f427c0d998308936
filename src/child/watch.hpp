#pragma once

#include "child/dispatcher.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/role.hpp"
#include "mpm/base/time.hpp"

#include <atomic>

namespace mpm {

/// The watch over the pollset, which one thread has at a time: the listener mostly. While every processor has
/// a worker to run, the listener rests: to wake it for each request, and it a worker, would cost more than
/// the request. A worker that then runs out of work stands in for it, for a turn without sleep, and finds
/// what has become ready meanwhile. (Go's scheduler polls the network so when a thread runs out of
/// goroutines, and from its monitor thread when none has for a while.)
class Watch {
 public:
  explicit Watch(Dispatcher& dispatcher) noexcept : dispatcher_(dispatcher) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() = default;

  /// Listener thread: runs f(here) with the watch, after whoever stands in, and hands its result out.
  template <class F>
  auto keep(F&& f) {
    take_over();
    const OnListener here;
    const Leave at_end(*this);
    return f(here);
  }

  /// Listener thread: leaves the watch to the workers for at most `longest` of real time, or until one of
  /// them finds no work.
  void rest(Duration longest) noexcept;

  /// A worker that has run out of work: takes a turn without sleep for a listener that rests. If there is no
  /// work then either, the listener is called back.
  void stand_in(const OnWorker& here) noexcept;

  /// Any thread: has the listener left the watch to the workers?
  [[nodiscard]] bool rests() const noexcept { return resting_.load(std::memory_order_relaxed); }

 private:
  /// Who does what.
  struct Duty {
    bool kept = false;    // somebody has the watch
    bool wanted = false;  // the listener waits for it
    bool called = false;  // the listener is to end its rest
  };
  struct Leave {
    explicit Leave(Watch& watch) noexcept : watch_(watch) {}
    ~Leave() { watch_.leave(); }
    Leave(const Leave&) = delete;
    Leave& operator=(const Leave&) = delete;
    Watch& watch_;
  };

  void take_over() noexcept;
  void leave() noexcept;

  Dispatcher& dispatcher_;
  Guarded<Duty> duty_;
  Bell listener_;
  std::atomic<bool> resting_{false};  // so that a worker sees without the lock that it is not needed
};

}  // namespace mpm
