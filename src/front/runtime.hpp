#pragma once

#include "front/launch.hpp"
#include "httpd/listener_buckets.hpp"
#include "httpd/retained.hpp"
#include "mpm/policy/limits.hpp"
#include "mpm/policy/timeout_plan.hpp"
#include "mpm/ports/processes.hpp"

#include <httpd.h>

#include <apr_pools.h>

namespace mpm::front {

class ChildRuntime;

/// Everything this module knows between one reading of the configuration and the next. One lives in pconf
/// from pre_config until pconf is cleared; nothing in it survives a reload (see httpd::Retained).
struct Runtime {
  apr_pool_t* pconf = nullptr;
  httpd::Retained* retained = nullptr;
  Launch launch;
  Directives directives;
  Limits limits;
  httpd::ListenerBuckets listeners;
  TimeoutPlan timeouts;
  /// The control process, once there is one; 0 with -X.
  pid_t control_pid = 0;
  /// Set in a child process (and with -X), from child start to the end of the process.
  ChildRuntime* child = nullptr;
};

/// The one mutable global. Null until pre_config and again after pconf is cleared. The parent's single thread
/// sets it; a child's threads only read it.
extern constinit Runtime* runtime;

/// Makes the Runtime of this reading of the configuration in `pconf`, and clears the pointer with it.
Runtime& make_runtime(apr_pool_t* pconf) noexcept;

/// The life of a child process, from privileges to pools; returns its exit code. Called in the child after
/// the fork, or in the only process with -X. Defined in child_runtime.cpp.
int run_child(Runtime& here, const Place& place, int lifeline) noexcept;

}  // namespace mpm::front
