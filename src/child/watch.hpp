#pragma once

#include "child/dispatcher.hpp"
#include "mpm/base/guarded.hpp"
#include "mpm/base/role.hpp"
#include "mpm/base/time.hpp"

namespace mpm {

/// The watch over the pollset. One thread has it at a time: the listener, except while it rests. It rests
/// while as many workers of this child run as should, because to wake it for each request, only for it to
/// wake a worker, would cost more than the request. A worker that then runs out of work stands in: it waits
/// on the pollset itself, for a millisecond at most, and for what comes the listener need not be woken. (Go's
/// scheduler does the same: a thread without goroutines polls the network.)
class Watch {
 public:
  explicit Watch(Dispatcher& dispatcher) noexcept : dispatcher_(dispatcher) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() = default;

  /// A worker that goes to sleep for want of work: takes a brief turn for a listener that rests. If fewer
  /// run then than should, or the child is to stop, the listener is called back.
  void stand_in(const OnWorker& here) noexcept;

 private:
  friend class Listener;  // a worker has no way to make itself the listener, but to stand in
  friend struct Pretend;  // tests/fakes

  /// Runs f(here), and hands its result out.
  template <class F>
  auto keep(F&& f) {
    const OnListener here;
    return f(here);
  }

  /// Leaves the watch to the workers for at most `longest` of real time, or until one of them calls it back,
  /// and takes it back when nobody stands in any more: within a millisecond.
  void rest(Duration longest) noexcept;

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
