#include "httpd/bucket_listeners.hpp"

#include "httpd/conn_rec_host.hpp"

#include <cerrno>
#include <utility>

#include <apr_errno.h>
#include <apr_network_io.h>
#include <apr_poll.h>
#include <unixd.h>

namespace mpm::httpd {
namespace {

/// Whether the trouble is over with this client, and not this child's (accept(2)).
bool is_the_clients(apr_status_t why) noexcept {
  switch (why) {
    case EINTR:
    case ECONNABORTED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPROTO:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

}  // namespace

BucketListener::BucketListener(ap_listen_rec& record, const Surroundings& around) noexcept
    : record_(record), socket_(record.sd), around_(around) {
  // Several children wait on it: who comes second must not block in accept(2).
  apr_socket_opt_set(record.sd, APR_SO_NONBLOCK, 1);
  record.accept_func = ap_unixd_accept;
}

// Not by record_.accept_func, which has a line in the log for every client that meets a shortage.
ListenSocket::Arrival BucketListener::accept(const OnListener&) noexcept {
  apr::ConnectionMemory memory = around_.pools.transaction();
  if (!memory) {
    around_.journal.no_transaction_pool();
    return {Outcome::Shortage};
  }
  apr_socket_t* socket = nullptr;
  const apr_status_t got = apr_socket_accept(&socket, record_.sd, memory.pool.get());
  if (got != APR_SUCCESS) {
    around_.pools.give_back(std::move(memory));
    if (APR_STATUS_IS_EAGAIN(got)) return {Outcome::Nobody};
    if (is_the_clients(got)) return {Outcome::Gone};
    around_.journal.not_accepted(Status{got});
    return {Outcome::Shortage};
  }
  return {Outcome::Accepted, &ConnRecHost::make(std::move(memory), socket, around_.thread_limit)};
}

bool BucketListener::somebody_waits(const OnListener&) noexcept {
  apr_pollfd_t listening{};
  listening.desc_type = APR_POLL_SOCKET;
  listening.reqevents = APR_POLLIN;
  listening.desc.s = record_.sd;
  apr_int32_t ready = 0;
  return apr_poll(&listening, 1, &ready, 0) == APR_SUCCESS;
}

BucketListeners::BucketListeners(ap_listen_rec* records, const BucketListener::Surroundings& around)
    : records_(records) {
  for (ap_listen_rec* record = records; record; record = record->next) sockets_.emplace_back(*record, around);
  for (BucketListener& socket : sockets_) all_.push_back(&socket);
}

void BucketListeners::close(const OnListener&) noexcept { ap_close_listeners_ex(records_); }

}  // namespace mpm::httpd
