#include "httpd/journal_log.hpp"

#include "httpd/module.hpp"

#include <cerrno>

#include <httpd.h>

#include <http_main.h>

namespace mpm::httpd {

int JournalLog::level(int of_the_first) const noexcept { return news_ ? of_the_first : APLOG_DEBUG; }

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
  ap_log_error(APLOG_MARK, level(APLOG_ERR), why.code(), ap_server_conf,
               "apr_pollset_add failed for a listening socket: this process is shutting down");
}

void JournalLog::worker_not_started(Status why) noexcept {
  ap_log_error(
      APLOG_MARK, level(APLOG_ALERT), why.code(), ap_server_conf,
      APLOGNO(03104) "unable to create a worker thread: this process serves what it has accepted and ends");
}

void JournalLog::short_of_workers(int has, Status why) noexcept {
  ap_log_error(APLOG_MARK, level(APLOG_ALERT), why.code(), ap_server_conf,
               APLOGNO(03104) "unable to create a worker thread: this process does with %d and tries again",
               has);
}

void JournalLog::listener_not_started(Status why) noexcept {
  ap_log_error(APLOG_MARK, level(APLOG_ALERT), why.code(), ap_server_conf,
               APLOGNO(00474) "unable to create the listener thread");
}

void JournalLog::not_joined(Status why) noexcept {
  ap_log_error(APLOG_MARK, APLOG_CRIT, why.code(), ap_server_conf,
               APLOGNO(00477) "unable to join a thread of this process");
}

void JournalLog::not_accepted(Status why) noexcept {
  if (why.code() == ENETDOWN) {
    ap_log_error(
        APLOG_MARK, level(APLOG_EMERG), why.code(), ap_server_conf,
        APLOGNO(02177) "apr_socket_accept: the network is down: this process serves what it has and ends");
    return;
  }
  ap_log_error(APLOG_MARK, level(APLOG_ERR), why.code(), ap_server_conf,
               APLOGNO(02179) "apr_socket_accept: (client socket): this process serves what it has and ends");
}

void JournalLog::no_transaction_pool() noexcept {
  ap_log_error(APLOG_MARK, level(APLOG_CRIT), APR_ENOMEM, ap_server_conf,
               APLOGNO(03097) "Failed to create transaction pool");
}

void JournalLog::no_pollset(Status why) noexcept {
  ap_log_error(APLOG_MARK, level(APLOG_ERR), why.code(), ap_server_conf,
               APLOGNO(03103) "could not create a pollset that is threadsafe and can be woken");
}

void JournalLog::no_pipe_or_pool(Status why) noexcept {
  ap_log_error(APLOG_MARK, level(APLOG_ERR), why.code(), ap_server_conf,
               "could not create a pipe or a pool that every child needs");
}

void JournalLog::no_main_thread(Status why) noexcept {
  ap_log_error(APLOG_MARK, level(APLOG_EMERG), why.code(), ap_server_conf,
               APLOGNO(10377) "Couldn't initialize child main thread");
}

}  // namespace mpm::httpd
