#pragma once

#include "child/dispatcher.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/role.hpp"
#include "mpm/base/time.hpp"

namespace mpm {

/// The watch over the pollset, which one thread has at a time: the listener, but while it rests. It does
/// while as many workers run as this child has processors for: to wake it for each request, and it a worker,
/// would cost more than the request. A worker that then runs out of work stands in for it, for a turn without
/// sleep, and finds what has become ready meanwhile. (Go's scheduler polls the network so when a thread runs
/// out of goroutines, and from its monitor thread when none has for a while.)
class Watch {
 public:
  explicit Watch(Dispatcher& dispatcher) noexcept : dispatcher_(dispatcher) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() = default;

  /// Listener thread: runs f(here), and hands its result out.
  template <class F>
  auto keep(F&& f) {
    const OnListener here;
    return f(here);
  }

  /// Listener thread: leaves the watch to the workers for at most `longest` of real time, or until one of
  /// them finds no work, and takes it back when nobody stands in any more.
  void rest(Duration longest) noexcept;

  /// A worker that goes to sleep for want of work: takes a turn without sleep for a listener that rests. If
  /// there is no work then either, the listener is called back.
  void stand_in(const OnWorker& here) noexcept;

 private:
  struct Duty {
    enum class Listening { Keeps, Rests, Returns };
    Listening listener = Listening::Keeps;
    bool stood_in_for = false;
  };

  Dispatcher& dispatcher_;
  Guarded<Duty> duty_;
  Bell listener_;
};

}  // namespace mpm
