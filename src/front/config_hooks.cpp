#include "front/config_hooks.hpp"

#include "apr/pollset.hpp"
#include "front/connection_hooks.hpp"
#include "front/launch.hpp"
#include "front/limit_messages.hpp"
#include "front/runtime.hpp"
#include "httpd/inheritance.hpp"
#include "httpd/module.hpp"
#include "httpd/order_signals.hpp"
#include "httpd/release.hpp"
#include "httpd/socket_record.hpp"

#include <cstdlib>

#include <ap_listen.h>
#include <ap_mpm.h>
#include <ap_release.h>
#include <apr_general.h>
#include <apr_thread_proc.h>
#include <http_config.h>
#include <http_core.h>
#include <http_main.h>
#include <mpm_common.h>
#include <scoreboard.h>

namespace mpm::front {
namespace {

/// Nobody else does, and children inherit it: mod_lua's math.random() is random(3).
void seed_random_numbers() noexcept {
  unsigned seed = 0;
  apr_generate_random_bytes(reinterpret_cast<unsigned char*>(&seed), sizeof seed);
  std::srand(seed);
}

bool is_defined(const char* name) noexcept { return ap_exists_config_define(name) != 0; }

Launch launch_of_this_httpd() noexcept {
  using enum Launch::Processes;
  using enum Launch::Terminal;
  if (is_defined("DEBUG")) return {.processes = One, .terminal = Foreground};
  const auto terminal = is_defined("FOREGROUND")  ? Foreground
                        : is_defined("NO_DETACH") ? NoDetach
                                                  : Daemonize;
  return {.processes = is_defined("ONE_PROCESS") ? One : Many, .terminal = terminal};
}

/// Rather than write behind the rows of a scoreboard that it takes for longer than they are.
int check_release() noexcept {
  if (!httpd::is_older_than_its_headers()) return OK;
  ap_log_error(APLOG_MARK, APLOG_CRIT | APLOG_STARTUP, 0, nullptr,
               "this mpm_event was built for httpd " AP_SERVER_BASEREVISION
               ", and the one that loads it is older: build it again with that one's headers");
  return HTTP_INTERNAL_SERVER_ERROR;
}

/// The listener of each child must be woken from other threads; everything here relies on it.
int check_pollset(apr_pool_t* pool) noexcept {
  apr_status_t why = APR_SUCCESS;
  if (apr::Pollset::open(pool, 1, why)) return OK;
  ap_log_error(APLOG_MARK, APLOG_CRIT, why, nullptr, APLOGNO(00495)
               "Couldn't create a thread safe, wakeable pollset: either this platform has none, or a limit "
               "of the system or the user is in the way");
  return HTTP_INTERNAL_SERVER_ERROR;
}

int detach(const Launch& launch, apr_pool_t* pconf) noexcept {
  if (launch.processes == Launch::Processes::One || launch.terminal == Launch::Terminal::Foreground)
    return OK;
  // Crashes go to the error log from here on: there is no terminal left to see them on.
  ap_fatal_signal_setup(ap_server_conf, pconf);
  const bool stay = launch.terminal == Launch::Terminal::NoDetach;
  const apr_status_t status = apr_proc_detach(stay ? APR_PROC_DETACH_FOREGROUND : APR_PROC_DETACH_DAEMONIZE);
  if (status == APR_SUCCESS) return OK;
  ap_log_error(APLOG_MARK, APLOG_CRIT, status, nullptr, APLOGNO(00496) "apr_proc_detach failed");
  return HTTP_INTERNAL_SERVER_ERROR;
}

/// Reads what the configuration before this one left, or begins anew.
httpd::Retained& enter_on_inheritance() noexcept {
  httpd::Retained& retained = httpd::Retained::get();
  ap_unixd_mpm_retained_data& mpm = *retained.mpm;
  mpm.mpm_state = AP_MPMQ_STARTING;
  if (mpm.baton != &retained) {
    mpm.was_graceful = 0;
    mpm.baton = &retained;
    retained.forget_children();
    httpd::forget_inheritance(retained);
  }
  ++mpm.module_loads;
  httpd::inherit_all(retained);
  return retained;
}

/// The first of the two readings before a server starts: messages go to the terminal.
bool is_first_reading(const httpd::Retained& retained) noexcept { return retained.mpm->module_loads == 1; }

struct Obstacle {
  int level = APLOG_CRIT;
  Status why{};
  const char* what = "";
};

/// Reports what stops a server from listening, to the terminal while there is one.
int refuse_to_listen(const httpd::Retained& retained, server_rec* server, const Obstacle& met) noexcept {
  const bool first = is_first_reading(retained);
  ap_log_error(APLOG_MARK, met.level | (first ? APLOG_STARTUP : 0), met.why.code(), first ? nullptr : server,
               "%s", met.what);
  return !OK;
}

httpd::ListenerBuckets::Spread spread(const Runtime& here) noexcept {
  using enum httpd::ListenerBuckets::Spread;
  if (here.launch.processes == Launch::Processes::One) return OneBucket;
  return here.retained->mpm->was_graceful ? AsBefore : AsConfigured;
}

}  // namespace

int pre_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t*) noexcept {
  if (const int refused = check_release()) return refused;
  httpd::expect_children();
  httpd::Retained& retained = enter_on_inheritance();
  const Launch launch = launch_of_this_httpd();
  if (retained.mpm->module_loads == 2) {  // the reading after which the server starts
    if (const int refused = check_pollset(plog)) return refused;
    if (const int refused = detach(launch, pconf)) return refused;
  }
  ap_listen_pre_config();
  ap_extended_status = 0;

  Runtime& here = make_runtime(pconf);
  here.retained = &retained;
  here.launch = launch;
  return OK;
}

int check_config(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* server) noexcept {
  Runtime& here = *runtime;
  Pinned& pinned = here.retained->memory.pinned;
  const Enforced enforced = enforce(here.directives, pinned);
  here.limits = enforced.limits;
  pinned = enforced.pinned;
  tell(enforced.adjustments, is_first_reading(*here.retained) ? Audience::Console : Audience::Log, server);
  return OK;
}

int open_logs(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* server) noexcept {
  seed_random_numbers();
  Runtime& here = *runtime;
  httpd::Retained& retained = *here.retained;
  httpd::keep_last_socket_nonblocking();
  if (ap_setup_listeners(ap_server_conf) < 1)
    return refuse_to_listen(retained, server,
                            {.level = APLOG_ALERT, .what = "no listening sockets available, shutting down"});
  if (const Status status =
          here.listeners.open_sockets(pconf, retained, spread(here), here.limits.server_limit);
      !status.is_ok())
    return refuse_to_listen(retained, server,
                            {.why = status, .what = "could not duplicate the listening sockets"});
  if (here.launch.processes == Launch::Processes::One) return OK;  // nobody to be asked to leave
  if (const Status status = here.listeners.open_pods(); !status.is_ok())
    return refuse_to_listen(retained, server, {.why = status, .what = "could not open the pipe-of-death"});
  return OK;
}

int post_config(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* server) noexcept {
  // The first reading is only a rehearsal.
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  plan_timeouts(*runtime, server);
  return OK;
}

}  // namespace mpm::front
