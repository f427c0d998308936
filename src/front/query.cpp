#include "front/query.hpp"

#include "front/child_runtime.hpp"
#include "front/runtime.hpp"

#include <algorithm>
#include <optional>

#include <httpd.h>

#include <ap_mmn.h>
#include <mpm_common.h>

namespace mpm::front {
namespace {

std::optional<int> constant(int code) noexcept {
  switch (code) {
    case AP_MPMQ_IS_THREADED:
      return AP_MPMQ_STATIC;
    case AP_MPMQ_IS_FORKED:
      return AP_MPMQ_DYNAMIC;
    case AP_MPMQ_IS_ASYNC:
#ifdef AP_MPMQ_CAN_WAITIO
    case AP_MPMQ_CAN_WAITIO:
#endif
      return 1;
    case AP_MPMQ_MIN_SPARE_DAEMONS:
    case AP_MPMQ_MAX_SPARE_DAEMONS:
      return 0;
    case AP_MPMQ_MAX_REQUESTS_DAEMON:
      return ap_max_requests_per_child;
    default:
      return std::nullopt;
  }
}

std::optional<int> limit(const Limits& limits, int code) noexcept {
  switch (code) {
    case AP_MPMQ_HARD_LIMIT_DAEMONS:
      return limits.server_limit;
    case AP_MPMQ_HARD_LIMIT_THREADS:
      return limits.thread_limit;
    case AP_MPMQ_MAX_THREADS:
      return limits.threads_per_child;
    case AP_MPMQ_MIN_SPARE_THREADS:
      return limits.min_spare_threads;
    case AP_MPMQ_MAX_SPARE_THREADS:
      return limits.max_spare_threads;
    case AP_MPMQ_MAX_DAEMONS:
      return limits.active_children_limit;
    default:
      return std::nullopt;
  }
}

// A child is stopping from the moment one of its threads says so: from then on responses say Connection:
// close. Its threads do not look into httpd's record, which the first of them and a signal handler write.
int state_of(const ChildRuntime& child) noexcept {
  if (child.stage() != StopStage::Running) return AP_MPMQ_STOPPING;
  return child.has_started() ? AP_MPMQ_RUNNING : AP_MPMQ_STARTING;
}

int mpm_state(const Runtime& here) noexcept {
  return here.child ? state_of(*here.child) : here.retained->mpm->mpm_state;
}

std::optional<int> changing(const Runtime& here, int code) noexcept {
  switch (code) {
    case AP_MPMQ_MAX_DAEMON_USED:
      // httpd's core uses it as how many rows to look at, and behind the rows there are places without one.
      return std::min(here.retained->memory.seats_used, here.limits.server_limit);
    case AP_MPMQ_MPM_STATE:
      return mpm_state(here);
    case AP_MPMQ_GENERATION:
      return here.retained->mpm->my_generation;
    default:
      return std::nullopt;
  }
}

}  // namespace

int query(int code, int* result, apr_status_t* status) noexcept {
  std::optional<int> answer = constant(code);
  if (!answer && runtime) answer = limit(runtime->limits, code);
  if (!answer && runtime) answer = changing(*runtime, code);
  if (answer) *result = *answer;
  *status = answer ? APR_SUCCESS : APR_ENOTIMPL;
  return OK;
}

const char* mpm_name() noexcept { return "event"; }

apr_status_t register_timed_callback(apr_time_t after, ap_mpm_callback_fn_t* callback, void* baton) noexcept {
  if (!runtime || !runtime->child) return APR_ENOTIMPL;
  runtime->child->call_after(Duration{after}, callback, baton);
  return APR_SUCCESS;
}

}  // namespace mpm::front
