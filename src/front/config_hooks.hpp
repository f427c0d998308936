#pragma once

#include <httpd.h>

#include <apr_pools.h>

namespace mpm::front {

/// The life of a configuration up to the moment it runs, as httpd's hooks of the same names. httpd reads it
/// twice before a server starts, and once at every restart. Control process only.
int pre_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp) noexcept;
int check_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* server) noexcept;
/// Opens the listening sockets. Must come before the core's open_logs, which takes the terminal away from us.
int open_logs(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* server) noexcept;
int post_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* server) noexcept;

}  // namespace mpm::front
