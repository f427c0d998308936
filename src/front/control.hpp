#pragma once

#include <httpd.h>

#include <apr_pools.h>

namespace mpm::front {

/// The control process from the moment a configuration runs until it ends: the body of httpd's mpm hook.
/// Returns OK for another configuration (a restart), DONE when the server has ended. In a child, and with -X,
/// it does not return.
int run_control_process(apr_pool_t* pconf, apr_pool_t* plog, server_rec* server) noexcept;

}  // namespace mpm::front
