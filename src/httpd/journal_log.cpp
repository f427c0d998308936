#include "httpd/journal_log.hpp"

#include <httpd.h>

#include <http_log.h>
#include <http_main.h>

APLOG_USE_MODULE(mpm_event);

namespace mpm::httpd {

void JournalLog::accepting_again(const Load& load) noexcept {
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, ap_server_conf,
               APLOGNO(00457) "Accepting new connections again: %d open (%d lingering), %d idle workers",
               load.open, load.closing, load.idle);
}

void JournalLog::holding(Gate why, const Load& load) noexcept {
  if (why == Gate::HeldBusy) {
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, ap_server_conf,
                 "All workers busy, not accepting new conns in this process: %d open", load.open);
  } else {
    ap_log_error(
        APLOG_MARK, APLOG_DEBUG, 0, ap_server_conf,
        "Too many open connections (%d, %d of them lingering), not accepting new conns in this process: "
        "%d idle workers",
        load.open, load.closing, load.idle);
  }
}

void JournalLog::stopping(StopStage stage) noexcept {
  ap_log_error(APLOG_MARK, APLOG_TRACE1, 0, ap_server_conf, "%s termination: waiting for the threads to end",
               stage == StopStage::Graceful ? "graceful" : "ungraceful");
}

void JournalLog::connection_limit_reached() noexcept {
  ap_log_error(APLOG_MARK, APLOG_TRACE1, 0, ap_server_conf, "Stopping process due to MaxConnectionsPerChild");
}

void JournalLog::poll_failed(Status why) noexcept {
  ap_log_error(APLOG_MARK, APLOG_CRIT, why.code(), ap_server_conf,
               "apr_pollset_poll failed: this process is shutting down");
}

void JournalLog::not_parked(State state, Status why) noexcept {
  switch (state) {
    case State::AwaitingIo:
      ap_log_error(APLOG_MARK, APLOG_ERR, why.code(), ap_server_conf,
                   APLOGNO(10503) "apr_pollset_add failed for a connection that waits for its module");
      break;
    case State::Flushing:
      ap_log_error(APLOG_MARK, APLOG_ERR, why.code(), ap_server_conf,
                   APLOGNO(03465) "apr_pollset_add failed for a connection in write completion");
      break;
    case State::KeptAlive:
      ap_log_error(APLOG_MARK, APLOG_ERR, why.code(), ap_server_conf,
                   APLOGNO(03093) "apr_pollset_add failed for a connection in keep alive");
      break;
    default:
      ap_log_error(APLOG_MARK, APLOG_ERR, why.code(), ap_server_conf,
                   APLOGNO(03092) "apr_pollset_add failed for a connection in lingering close");
      break;
  }
}

void JournalLog::listen_socket_not_watched(Status why) noexcept {
  ap_log_error(APLOG_MARK, APLOG_ERR, why.code(), ap_server_conf,
               "apr_pollset_add failed for a listening socket: this process is shutting down");
}

void JournalLog::worker_not_started(Status why) noexcept {
  ap_log_error(
      APLOG_MARK, APLOG_ALERT, why.code(), ap_server_conf,
      APLOGNO(03104) "unable to create a worker thread: this process serves what it has accepted and ends");
}

void JournalLog::listener_not_started(Status why) noexcept {
  ap_log_error(APLOG_MARK, APLOG_ALERT, why.code(), ap_server_conf,
               APLOGNO(00474) "unable to create the listener thread");
}

void JournalLog::not_joined(Status why) noexcept {
  ap_log_error(APLOG_MARK, APLOG_CRIT, why.code(), ap_server_conf,
               APLOGNO(00477) "unable to join a thread of this process");
}

}  // namespace mpm::httpd
