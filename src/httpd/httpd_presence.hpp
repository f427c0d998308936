#pragma once

#include "httpd/listener_buckets.hpp"
#include "mpm/ports/server_presence.hpp"

#include <apr_pools.h>

namespace mpm::httpd {

/// The listening sockets and the pid file.
class HttpdPresence final : public ServerPresence {
 public:
  HttpdPresence(apr_pool_t* pconf, ListenerBuckets& listeners) noexcept
      : pconf_(pconf), listeners_(listeners) {}
  void stop_listening() noexcept override;
  void remove_pid_file() noexcept override;

 private:
  apr_pool_t* const pconf_;
  ListenerBuckets& listeners_;
};

}  // namespace mpm::httpd
