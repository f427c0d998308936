#include "httpd/bucket_listeners.hpp"

#include "httpd/conn_rec_host.hpp"

#include <utility>

#include <http_log.h>
#include <http_main.h>
#include <unixd.h>

APLOG_USE_MODULE(mpm_event);

namespace mpm::httpd {

ListenRecord::ListenRecord(ap_listen_rec& record, apr::PoolCache& pools, int thread_limit) noexcept
    : record_(record), socket_(record.sd), pools_(pools), thread_limit_(thread_limit) {
  // Several children wait on it: who comes second must not block in accept(2).
  apr_socket_opt_set(record.sd, APR_SO_NONBLOCK, 1);
  record.accept_func = ap_unixd_accept;
}

ListenSocket::Outcome ListenRecord::accept(const OnListener&, ConnectionHost*& accepted) noexcept {
  apr::Pool pool = pools_.transaction();
  if (!pool) {
    ap_log_error(APLOG_MARK, APLOG_CRIT, APR_ENOMEM, ap_server_conf,
                 APLOGNO(03097) "Failed to create transaction pool");
    return Outcome::Shortage;
  }
  void* socket = nullptr;
  const apr_status_t got = record_.accept_func(&socket, &record_, pool.get());
  // httpd answers APR_EGENERAL for EMFILE, ENFILE, ENOMEM and their like, and has logged which.
  if (got == APR_EGENERAL) return Outcome::Shortage;
  if (!socket) {
    pools_.give_back(std::move(pool));
    return Outcome::Nothing;
  }
  accepted = &ConnRecHost::make(std::move(pool), static_cast<apr_socket_t*>(socket), thread_limit_);
  return Outcome::Accepted;
}

BucketListeners::BucketListeners(ap_listen_rec* records, apr::PoolCache& pools, int thread_limit)
    : records_(records) {
  for (ap_listen_rec* record = records; record; record = record->next) {
    sockets_.emplace_back(*record, pools, thread_limit);
  }
  for (ListenRecord& socket : sockets_) all_.push_back(&socket);
}

void BucketListeners::close(const OnListener&) noexcept { ap_close_listeners_ex(records_); }

}  // namespace mpm::httpd
