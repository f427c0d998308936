#pragma once

#include "apr/pollset.hpp"
#include "apr/pool.hpp"
#include "apr/pool_cache.hpp"
#include "child/child_process.hpp"
#include "front/runtime.hpp"
#include "httpd/bucket_listeners.hpp"
#include "httpd/journal_log.hpp"
#include "httpd/parent_summons.hpp"
#include "httpd/scoreboard_image.hpp"
#include "httpd/thread_factory.hpp"
#include "os/steady_clock.hpp"
#include "os/thread_states.hpp"

#include <atomic>
#include <cstdint>

namespace mpm::front {

/// child_stopping, and whether the child runs, which modules ask the MPM.
class ChildHookCalls final : public ChildHooks {
 public:
  explicit ChildHookCalls(apr_pool_t* pchild) noexcept : pchild_(pchild) {}
  void running(const OnMain& here) noexcept override;
  void stopping(const OnMain& here, StopStage stage) noexcept override;
  /// Any thread. Stays true when the child stops.
  [[nodiscard]] bool has_started() const noexcept { return started_.load(); }

 private:
  apr_pool_t* pchild_;
  std::atomic<bool> started_{false};
};

/// The adapters of one child process and the ChildProcess they serve.
class ChildRuntime {
 public:
  /// Where this child lives, its end of the lifeline, and its pools: `pool` outlives the connections.
  struct Home {
    Place place;
    int lifeline;
    apr_pool_t* pool;
    apr_pool_t* pchild;
  };

  ChildRuntime(Runtime& here, const Home& home, apr::Pollset pollset, const httpd::JournalLog& journal);
  ChildRuntime(const ChildRuntime&) = delete;
  ChildRuntime& operator=(const ChildRuntime&) = delete;
  ~ChildRuntime() = default;

  /// Whether everything could be made that a child needs.
  [[nodiscard]] Status usable() const noexcept {
    return pools_.usable() ? summons_.usable() : Status{APR_ENOMEM};
  }
  [[nodiscard]] const char* pollset_method() const noexcept { return pollset_.method(); }

  ChildEnd run() noexcept { return child_.run(); }
  /// See ChildProcess.
  void end_connections() noexcept { child_.end_connections(); }
  /// Any thread.
  [[nodiscard]] StopStage stage() const noexcept { return child_.stage(); }
  /// Any thread. Whether its modules have been told that it runs.
  [[nodiscard]] bool has_started() const noexcept { return hooks_.has_started(); }
  /// Any thread.
  [[nodiscard]] bool claim_last_answer(Transport transport) noexcept {
    return child_.claim_last_answer(transport);
  }
  /// Any thread. How many timed callbacks have begun so far.
  [[nodiscard]] std::uint64_t callbacks_begun() const noexcept { return child_.callbacks_begun(); }
  /// Any thread.
  void call_after(Duration after, Timer::Callback callback, void* baton) noexcept {
    child_.call_after(after, callback, baton);
  }

 private:
  httpd::JournalLog journal_;
  os::SteadyClock clock_;
  apr::Pollset pollset_;
  apr::PoolCache pools_;
  httpd::BucketListeners sockets_;
  httpd::ScoreboardImage scoreboard_;
  httpd::ThreadFactory threads_;
  os::ProcThreadStates thread_states_;
  httpd::ParentSummons summons_;
  ChildHookCalls hooks_;
  ChildProcess child_;
};

}  // namespace mpm::front
