#include "httpd/listen_records.hpp"

#include "httpd/legacy.hpp"
#include "httpd/module.hpp"
#include "httpd/socket_record.hpp"

#include <utility>

#include <http_log.h>
#include <http_main.h>

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

/// The sockets of one bucket, in httpd's order. Records that no kept socket fits are null.
std::vector<ap_listen_rec*> kept_sockets(apr_pool_t* pconf, Retained& retained, int bucket) noexcept {
  std::vector<ap_listen_rec*> records;
  for (const ap_listen_rec* wanted = ap_listeners; wanted; wanted = wanted->next)
    records.push_back(find_socket(retained, bucket, *wanted, pconf));
  return records;
}

/// Fills the gaps with new sockets.
Status complete(apr_pool_t* pconf, std::vector<ap_listen_rec*>& records) noexcept {
  std::size_t at = 0;
  for (const ap_listen_rec* wanted = ap_listeners; wanted; wanted = wanted->next, ++at) {
    if (records[at]) continue;
    ap_listen_rec alone = *wanted;
    alone.next = nullptr;
    ap_listen_rec** lists = nullptr;
    int count = 2;
    const Status status = duplicate(pconf, &alone, lists, count);
    if (!status.is_ok()) return status;
    records[at] = lists[1];
  }
  return Status::ok();
}

ap_listen_rec* chained(const std::vector<ap_listen_rec*>& records) noexcept {
  for (std::size_t i = 0; i + 1 < records.size(); ++i) records[i]->next = records[i + 1];
  return records.front();
}

}  // namespace

ListenRecords::~ListenRecords() {
  for (Bucket& bucket : buckets_) bucket.pod.close();
}

Status ListenRecords::open_sockets(apr_pool_t* pconf, Retained& retained, Spread spread,
                                   int children) noexcept {
  if (spread == Spread::AsBefore) return reopen_sockets(pconf, retained);
  int count = spread == Spread::OneBucket ? 1 : 0;
  if (const Status status = count_buckets(pconf, children, count); !status.is_ok()) return status;
  ap_listen_rec** lists = nullptr;
  const Status status = duplicate(pconf, ap_listeners, lists, count);
  if (!status.is_ok()) return status;
  retained.resize_buckets(count);
  buckets_.assign(static_cast<std::size_t>(count), Bucket{});
  for (int i = 0; i < count; ++i) at(i).records = lists[i];
  return Status::ok();
}

Status ListenRecords::reopen_sockets(apr_pool_t* pconf, Retained& retained) noexcept {
  const int count = retained.mpm->num_buckets;
  retained.resize_buckets(count);
  buckets_.assign(static_cast<std::size_t>(count), Bucket{});
  at(0).records = ap_listeners;
  for (int i = 1; i < count; ++i) {
    std::vector<ap_listen_rec*> records = kept_sockets(pconf, retained, i);
    const Status status = complete(pconf, records);
    if (!status.is_ok()) return status;
    at(i).records = chained(records);
  }
  close_unwanted_sockets(retained);
  return show_to_httpd(pconf);
}

/// httpd closes the lists that it knows in a process that a module forks (ap_close_listeners).
Status ListenRecords::show_to_httpd(apr_pool_t* pconf) const noexcept {
  ap_listen_rec** lists = nullptr;
  int count = buckets();
  const Status status = duplicate(pconf, nullptr, lists, count);
  for (int i = 0; status.is_ok() && i < count; ++i) lists[i] = at(i).records;
  return status;
}

Status ListenRecords::open_pods() noexcept {
  for (Bucket& bucket : buckets_) {
    const Status status = bucket.pod.open();
    if (!status.is_ok()) return status;
  }
  return Status::ok();
}

void ListenRecords::bequeath_sockets(Retained& retained, apr_pool_t* plog) const noexcept {
  for (int i = 1; i < buckets(); ++i) {
    const ap_listen_rec* httpds = at(0).records;
    for (const ap_listen_rec* record = at(i).records; record; record = record->next, httpds = httpds->next)
      leave_socket(retained, {.fd = descriptor_of(*record), .bucket = i, .httpds = httpds}, plog);
  }
}

void ListenRecords::bequeath_pods(Retained& retained, apr_pool_t* plog) const noexcept {
  for (int i = 0; i < buckets(); ++i) retained.old_pods[i] = leave(at(i).pod.write_end(), plog);
}

void ListenRecords::keep_only(int bucket) noexcept {
  for (int i = 0; i < buckets(); ++i) {
    if (i == bucket) {
      at(i).pod.let_go();  // only the control process may hold it, or its death would not be seen
    } else {
      ap_close_listeners_ex(at(i).records);
      at(i).pod.close();
    }
  }
}

void ListenRecords::close_sockets() noexcept {
  for (const Bucket& bucket : buckets_) ap_close_listeners_ex(bucket.records);
}

}  // namespace mpm::httpd
