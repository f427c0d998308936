#include "httpd/listener_buckets.hpp"

#include "httpd/inheritance.hpp"
#include "httpd/module.hpp"
#include "httpd/socket_record.hpp"

#include <utility>

#include <http_log.h>
#include <http_main.h>
#include <sys/socket.h>

namespace mpm::httpd {
namespace {

/// Opens sockets for the addresses in `wanted`, one for each bucket; the first list is `wanted` itself. A
/// count of 0 is replaced by what the configuration says. httpd remembers the lists as those of all buckets.
Status duplicate(apr_pool_t* pconf, ap_listen_rec* wanted, ap_listen_rec**& lists, int& count) noexcept {
  ap_listen_rec* const all = std::exchange(ap_listeners, wanted);
  const apr_status_t status = ap_duplicate_listeners(pconf, ap_server_conf, &lists, &count);
  ap_listeners = all;
  return Status{status};
}

/// As many buckets as the configuration says, but not more than there are children for.
Status count_buckets(apr_pool_t* pconf, int children, int& count) noexcept {
  ap_listen_rec** none = nullptr;
  const Status status = duplicate(pconf, nullptr, none, count);
  if (!status.is_ok() || count <= children) return status;
  ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
               "ListenCoresBucketsRatio asks for %d listeners buckets, but ServerLimit allows %d children: "
               "one bucket for each of these",
               count, children);
  count = children;
  return status;
}

/// Whether other sockets can be bound to the same address. httpd has arranged for that if there was a ratio
/// when it opened its own.
bool allows_others(const ap_listen_rec& httpds) noexcept {
  int allows = 0;
  socklen_t length = sizeof allows;
  return ::getsockopt(descriptor_of(httpds), SOL_SOCKET, SO_REUSEPORT, &allows, &length) == 0 && allows != 0;
}

/// One more socket for the address of httpd's. `opened` stays as it is if none can be bound: httpd has no
/// word for that but in the log.
Status open_another(apr_pool_t* pconf, const ap_listen_rec& httpds, ap_listen_rec*& opened) noexcept {
  ap_listen_rec alone = httpds;
  alone.next = nullptr;
  ap_listen_rec** lists = nullptr;
  int count = 2;
  const Status status = duplicate(pconf, &alone, lists, count);
  if (status.is_ok() && descriptor_of(*lists[1]) >= 0) opened = lists[1];
  return status;
}

/// A socket for the address of httpd's, for a bucket that has none yet: one of its own, or httpd's, which the
/// children of all buckets accept from then, as they would without buckets.
Status open_beside(apr_pool_t* pconf, const ap_listen_rec& httpds, ap_listen_rec*& opened) noexcept {
  opened = nullptr;
  if (allows_others(httpds)) {
    if (const Status status = open_another(pconf, httpds, opened); !status.is_ok()) return status;
  } else {
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, ap_server_conf,
                 "all listeners buckets have one socket for %pI, which was opened without a "
                 "ListenCoresBucketsRatio",
                 static_cast<void*>(httpds.bind_addr));
    opened = make_record(inherit(descriptor_of(httpds)), httpds, pconf);
  }
  return Status{opened ? APR_SUCCESS : APR_EBADF};
}

}  // namespace

ListenerBuckets::~ListenerBuckets() {
  for (Bucket& bucket : buckets_) bucket.pod.close();
}

Status ListenerBuckets::open_sockets(apr_pool_t* pconf, Retained& retained, Spread spread,
                                     int children) noexcept {
  int count = spread == Spread::OneBucket ? 1 : 0;
  if (spread == Spread::AsBefore) count = retained.mpm->num_buckets;
  if (const Status status = count_buckets(pconf, children, count); !status.is_ok()) return status;
  retained.resize_buckets(count);
  buckets_.assign(static_cast<std::size_t>(count), Bucket{});
  at(0).records = ap_listeners;
  for (int i = 1; i < count; ++i)
    if (const Status status = open_bucket(pconf, retained, i); !status.is_ok()) return status;
  close_unclaimed_sockets(retained);
  return show_to_httpd(pconf);
}

Status ListenerBuckets::open_bucket(apr_pool_t* pconf, Retained& retained, int bucket) noexcept {
  ap_listen_rec** end = &at(bucket).records;
  for (const ap_listen_rec* httpds = ap_listeners; httpds; httpds = httpds->next) {
    *end = inherited_socket(retained, bucket, *httpds, pconf);
    if (!*end)
      if (const Status status = open_beside(pconf, *httpds, *end); !status.is_ok()) return status;
    end = &(*end)->next;
  }
  return Status::ok();
}

/// httpd closes the lists that it knows in a process that a module forks (ap_close_listeners).
Status ListenerBuckets::show_to_httpd(apr_pool_t* pconf) const noexcept {
  ap_listen_rec** lists = nullptr;
  int count = buckets();
  const Status status = duplicate(pconf, nullptr, lists, count);
  for (int i = 0; status.is_ok() && i < count; ++i) lists[i] = at(i).records;
  return status;
}

Status ListenerBuckets::open_pods() noexcept {
  for (Bucket& bucket : buckets_) {
    const Status status = bucket.pod.open();
    if (!status.is_ok()) return status;
  }
  return Status::ok();
}

void ListenerBuckets::bequeath_sockets(Retained& retained, apr_pool_t* plog) const noexcept {
  for (int i = 1; i < buckets(); ++i) {
    const ap_listen_rec* httpds = at(0).records;
    for (const ap_listen_rec* record = at(i).records; record; record = record->next, httpds = httpds->next)
      bequeath_socket(retained, {.fd = descriptor_of(*record), .bucket = i, .httpds = httpds}, plog);
  }
}

void ListenerBuckets::bequeath_pipes(Retained& retained, apr_pool_t* plog) const noexcept {
  for (int i = 0; i < buckets(); ++i) retained.old_pods[i] = bequeath(at(i).pod.write_end(), plog);
}

void ListenerBuckets::keep_only(int bucket) noexcept {
  for (int i = 0; i < buckets(); ++i) {
    if (i == bucket) {
      at(i).pod.let_go();  // only the control process may hold it, or its death would not be seen
    } else {
      ap_close_listeners_ex(at(i).records);
      at(i).pod.close();
    }
  }
}

void ListenerBuckets::close_sockets() noexcept {
  for (const Bucket& bucket : buckets_) ap_close_listeners_ex(bucket.records);
}

}  // namespace mpm::httpd
