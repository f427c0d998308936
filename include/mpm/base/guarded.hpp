#pragma once

#include "mpm/base/time.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <type_traits>
#include <utility>

namespace mpm {

/// Somebody to wake: what a thread waits on inside Guarded::wait. Ring it after the lock is released, or the
/// woken thread runs straight into that lock.
class Bell {
 public:
  /// Any thread. A ring that nobody waits for is lost; the condition it announces is not, because
  /// Guarded::wait looks at the condition before it sleeps.
  void ring() noexcept { waiting_.notify_one(); }

 private:
  template <class T>
  friend class Guarded;
  std::condition_variable waiting_;
};

/// A value that can be reached only under its lock. Any thread may call with() and wait(). Every lock in this
/// project is a leaf: while a Guarded is held nothing is called that may take another one, log, or make a
/// blocking call.
template <class T>
class Guarded {
 public:
  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  /// Runs f(value) under the lock and hands its result out, by value.
  template <class F>
  auto with(F&& f) {
    static_assert(!std::is_reference_v<std::invoke_result_t<F, T&>>, "would outlive the lock");
    const std::lock_guard hold(mutex_);
    return std::invoke(std::forward<F>(f), value_);
  }

  /// Sleeps until ready(value), looked at under the lock at first and after every ring of `bell`; then runs
  /// f(value) under the same hold of the lock.
  template <class Ready, class F>
  auto wait(Bell& bell, Ready&& ready, F&& f) {
    static_assert(!std::is_reference_v<std::invoke_result_t<F, T&>>, "would outlive the lock");
    std::unique_lock hold(mutex_);
    bell.waiting_.wait(hold, [&] { return ready(std::as_const(value_)); });
    return std::invoke(std::forward<F>(f), value_);
  }

  /// As above, but sleeps for at most `longest` of real time: f(value) may find that it is not ready.
  template <class Ready, class F>
  auto wait_for(Bell& bell, Duration longest, Ready&& ready, F&& f) {
    static_assert(!std::is_reference_v<std::invoke_result_t<F, T&>>, "would outlive the lock");
    std::unique_lock hold(mutex_);
    bell.waiting_.wait_for(hold, longest, [&] { return ready(std::as_const(value_)); });
    return std::invoke(std::forward<F>(f), value_);
  }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace mpm
