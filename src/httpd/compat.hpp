#pragma once

// Names that httpd gained after 2.4.49, the oldest this module builds with.

#include <httpd.h>

#include <ap_mmn.h>
#include <apr_thread_proc.h>
#include <http_connection.h>
#include <http_main.h>
#include <scoreboard.h>

namespace mpm::httpd {

#if AP_MODULE_MAGIC_AT_LEAST(20120211, 135)
inline constexpr conn_state_e state_keptalive = CONN_STATE_KEEPALIVE;
inline constexpr conn_state_e state_processing = CONN_STATE_PROCESSING;
#else
inline constexpr conn_state_e state_keptalive = CONN_STATE_CHECK_REQUEST_LINE_READABLE;
inline constexpr conn_state_e state_processing = CONN_STATE_READ_REQUEST_LINE;
#endif

/// May a module ask for input or output to be waited for (CONN_STATE_ASYNC_WAITIO)?
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 135)
constexpr bool wants_io(conn_state_e state) noexcept { return state == CONN_STATE_ASYNC_WAITIO; }
inline constexpr conn_state_e state_awaiting_io = CONN_STATE_ASYNC_WAITIO;
#else
constexpr bool wants_io(conn_state_e) noexcept { return false; }
inline constexpr conn_state_e state_awaiting_io = CONN_STATE_READ_REQUEST_LINE;
#endif

/// Runs the pre_connection hooks; a refused connection is marked so that nothing more is written to it.
inline int run_pre_connection(conn_rec* c, apr_socket_t* socket) noexcept {
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 117)
  return ap_pre_connection(c, socket);
#else
  const int answer = ap_run_pre_connection(c, socket);
  if (answer != OK && answer != DONE) c->aborted = 1;
  return answer;
#endif
}

/// Starts a thread that ap_thread_current() knows, where httpd has that.
// NOLINTNEXTLINE(readability-function-size): the parameters are APR's
inline apr_status_t thread_create(apr_thread_t** thread, apr_threadattr_t* attributes,
                                  apr_thread_start_t body, void* with, apr_pool_t* pool) noexcept {
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 122)
  return ap_thread_create(thread, attributes, body, with, pool);
#else
  return apr_thread_create(thread, attributes, body, with, pool);
#endif
}

/// Makes ap_thread_current() know the thread that calls this, the first of its process, where httpd has that.
inline apr_status_t thread_main_create([[maybe_unused]] apr_pool_t* pool) noexcept {
#if AP_HAS_THREAD_LOCAL && AP_MODULE_MAGIC_AT_LEAST(20120211, 122)
  apr_thread_t* self = nullptr;
  return ap_thread_main_create(&self, pool);
#else
  return APR_SUCCESS;
#endif
}

/// Makes it forget the parent's thread, in the child of a fork.
inline void thread_current_after_fork() noexcept {
#if AP_HAS_THREAD_LOCAL
  ap_thread_current_after_fork();
#endif
}

/// The column of connections that wait for a module's input or output; null where mod_status has none.
[[nodiscard]] inline apr_uint32_t* wait_io_column([[maybe_unused]] process_score& record) noexcept {
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 136)
  return &record.wait_io;
#else
  return nullptr;
#endif
}

}  // namespace mpm::httpd
