#include "front/child_runtime.hpp"

#include "httpd/compat.hpp"
#include "httpd/module.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <apr_signal.h>
#include <http_config.h>
#include <http_main.h>
#include <mpm_common.h>
#include <signal.h>
#include <unistd.h>
#include <unixd.h>

namespace mpm::front {
namespace {

int online_processors() noexcept { return static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)); }

// Enough for backends that cannot grow to hold all connections of an idle child. Those that can take memory
// for as many answers at once: a large AsyncRequestWorkerFactor must not cost gigabytes.
std::uint32_t pollset_size(const Limits& limits) noexcept {
  constexpr std::int64_t most = 65536;
  const std::int64_t connections = limits.per_idle.allowance(limits.threads_per_child);
  return static_cast<std::uint32_t>(std::min(connections + 2 * std::int64_t{limits.threads_per_child}, most));
}

ChildProcess::Setup setup_of(const Runtime& here, const Place& place) noexcept {
  return {.process_slot = place.slot,
          .process_number = place.number,
          .quota = {.threads_per_child = here.limits.threads_per_child,
                    .per_idle = here.limits.per_idle,
                    .connections = ap_max_requests_per_child},
          .processors = online_processors()};
}

httpd::ParentSummons::Interrupt interrupt_of(const Launch& launch) noexcept {
  return launch.processes == Launch::Processes::One ? httpd::ParentSummons::Interrupt::Stops
                                                    : httpd::ParentSummons::Interrupt::Ignored;
}

/// For a child that cannot work: what it could not begin ends in order all the same. A shortage may be over
/// when the next child is made, so only what no child could do is APEXIT_CHILDFATAL.
int end_early(Runtime& here, apr_pool_t* pchild, int code) noexcept {
  here.retained->mpm->mpm_state = AP_MPMQ_STOPPING;
  ap_run_child_stopping(pchild, 0);
  apr_pool_destroy(pchild);
  return code;
}

}  // namespace

void ChildHookCalls::running(const OnMain&) noexcept { started_.store(true); }

void ChildHookCalls::stopping(const OnMain&, StopStage stage) noexcept {
  ap_run_child_stopping(pchild_, stage == StopStage::Graceful);
}

ChildRuntime::ChildRuntime(Runtime& here, const Home& home, apr::Pollset pollset,
                           const httpd::JournalLog& journal)
    : journal_(journal),
      pollset_(std::move(pollset)),
      pools_(home.pool, ap_max_mem_free),
      sockets_(here.listeners.records(home.place.bucket),
               {.pools = pools_, .journal = journal_, .thread_limit = here.limits.thread_limit}),
      scoreboard_({.slot = home.place.slot, .of = here.limits.server_limit},
                  here.retained->mpm->my_generation, httpd::Lifeline(home.lifeline)),
      threads_(home.pool, ap_thread_stacksize),
      summons_({.pod = here.listeners.pod(home.place.bucket),
                .lifeline = httpd::Lifeline(home.lifeline),
                .parent = here.control_pid},
               *here.retained->mpm, interrupt_of(here.launch)),
      hooks_(home.pchild),
      child_({.poller = pollset_,
              .sockets = sockets_,
              .scoreboard = scoreboard_,
              .threads = threads_,
              .thread_states = thread_states_,
              .summons = summons_,
              .hooks = hooks_,
              .journal = journal_,
              .clock = clock_},
             here.timeouts, setup_of(here, home.place)) {}

namespace {

/// Gives up what a child must not have, in httpd's order: the scoreboard is opened while the process may,
/// privileges go before any module's code runs, signals are blocked before a module can start a thread that
/// would take them.
bool drop_privileges(apr_pool_t* pchild) noexcept {
  ap_reopen_scoreboard(pchild, nullptr, 0);
  if (ap_run_drop_privileges(pchild, ap_server_conf)) return false;
  const apr_status_t blocked = apr_setup_signal_thread();
  if (blocked != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_EMERG, blocked, ap_server_conf,
                 APLOGNO(00479) "Couldn't initialize signal thread");
    return false;
  }
  return true;
}

int serve(Runtime& here, const ChildRuntime::Home& home, httpd::JournalLog& journal) noexcept {
  apr_status_t why = APR_SUCCESS;
  std::optional<apr::Pollset> pollset = apr::Pollset::open(home.pool, pollset_size(here.limits), why);
  if (!pollset) {
    journal.no_pollset(Status{why});
    return end_early(here, home.pchild, APEXIT_CHILDSICK);
  }
  auto runtime = std::make_unique<ChildRuntime>(here, home, std::move(*pollset), journal);
  if (const Status usable = runtime->usable(); !usable.is_ok()) {
    journal.no_pipe_or_pool(usable);
    return end_early(here, home.pchild, APEXIT_CHILDSICK);
  }
  // To the end of the process: cleanups may ask the MPM, and a forced stop leaves connections.
  here.child = runtime.release();
  ap_run_child_init(home.pchild, ap_server_conf);
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, ap_server_conf,
               APLOGNO(02471) "start_threads: Using %s (wakeable)", here.child->pollset_method());
  const ChildEnd ended = here.child->run();
  // With -X, httpd destroys all pools in exit(3), when modules have nothing left of what the child had.
  if (here.launch.processes == Launch::Processes::One) here.child->end_connections();
  apr_pool_destroy(home.pchild);
  return ended == ChildEnd::Sick ? APEXIT_CHILDSICK : 0;
}

}  // namespace

int run_child(Runtime& here, const Place& place, int lifeline) noexcept {
  here.retained->mpm->mpm_state = AP_MPMQ_STARTING;
  ap_fatal_signal_child_setup(ap_server_conf);
  apr_pool_t* pchild = nullptr;
  apr_pool_create(&pchild, here.pconf);
  apr_pool_tag(pchild, "pchild");
  httpd::JournalLog journal(here.retained->memory.sick_in_a_row);
  if (here.launch.processes == Launch::Processes::Many) {
    if (const apr_status_t named = httpd::thread_main_create(pchild); named != APR_SUCCESS) {
      journal.no_main_thread(Status{named});
      return end_early(here, pchild, APEXIT_CHILDSICK);
    }
  }
  if (!drop_privileges(pchild)) return end_early(here, pchild, APEXIT_CHILDFATAL);

  // Threads and connections outlive pchild, whose cleanups may end connections; pconf's allocator has a lock.
  // Nobody destroys this pool, but httpd in exit(3) with -X.
  apr_pool_t* const pool = apr::Pool::below(here.pconf, "mpm_runtime").release();
  return serve(here, {.place = place, .lifeline = lifeline, .pool = pool, .pchild = pchild}, journal);
}

}  // namespace mpm::front
