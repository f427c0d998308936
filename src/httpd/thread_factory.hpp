#pragma once

#include "apr/pool.hpp"
#include "mpm/ports/threads.hpp"

#include <apr_thread_proc.h>

namespace mpm::httpd {

/// APR threads with the configured stack size, known to ap_thread_current(). They inherit the main thread's
/// signal mask, which blocks everything but faults.
class ThreadFactory final : public Threads {
 public:
  /// `stack_size` 0 is the platform's default (ThreadStackSize). Threads are started while others use `pool`,
  /// so they are made of a pool below it; it must outlive them, and be safe to make pools of beside others.
  ThreadFactory(apr_pool_t* pool, apr_size_t stack_size) noexcept;

  Status start(ThreadBody& body, NativeThread*& started) noexcept override;
  Status join(NativeThread& thread) noexcept override;

 private:
  apr::Pool pool_;
  bool failed_ = false;  // when it was last asked
  apr_threadattr_t* attributes_ = nullptr;
};

}  // namespace mpm::httpd
