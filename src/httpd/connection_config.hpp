#pragma once

#include "mpm/policy/timeout_plan.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

#include <httpd.h>

namespace mpm::httpd {

/// The queues that belong to one virtual host's timeouts; this module's server config.
struct HostQueues {
  QueueNumber io = 0;          ///< Timeout
  QueueNumber keep_alive = 0;  ///< KeepAliveTimeout
};

/// What this module keeps for a conn_rec: its connection config. mod_http2 finds it by the module's name and
/// copies the pointer to the connections of its streams, each of which then gets one of its own
/// (connection_hooks.cpp).
struct ConnectionConfig {
  conn_state_t state{};
  /// The request being served, for the suspend and resume hooks. It may end in another thread, in a timed
  /// callback, while the worker that served it is about to call them.
  std::atomic<request_rec*> request{nullptr};
  HostQueues queues;  ///< of the host that served the last request
  /// The thread in which the request of this turn has ended, and how many timed callbacks had begun by then.
  std::atomic<std::thread::id> ended_in{};
  std::atomic<std::uint64_t> ended_after{0};
};

}  // namespace mpm::httpd
