#include "httpd/listen_records.hpp"

#include <cstring>
#include <utility>

#include <apr_network_io.h>
#include <apr_portable.h>
#include <fcntl.h>
#include <http_main.h>

namespace mpm::httpd {
namespace {

bool same_text(const char* a, const char* b) noexcept { return a == b || (a && b && std::strcmp(a, b) == 0); }

bool same_address(const ap_listen_rec& a, const ap_listen_rec& b) noexcept {
  return a.bind_addr->port == b.bind_addr->port && same_text(a.bind_addr->hostname, b.bind_addr->hostname);
}

/// Takes the first record with the address of `like` out of `list`.
ap_listen_rec* take_matching(ap_listen_rec*& list, const ap_listen_rec& like) noexcept {
  for (ap_listen_rec** at = &list; *at; at = &(*at)->next)
    if (same_address(**at, like)) {
      ap_listen_rec* const found = *at;
      *at = std::exchange(found->next, nullptr);
      return found;
    }
  return nullptr;
}

/// Opens sockets of their own for the buckets from 1 up, one for each address in `wanted`.
Status duplicate(server_rec* server, ap_listen_rec* wanted, ap_listen_rec**& lists, int& count) noexcept {
  ap_listen_rec* const all = std::exchange(ap_listeners, wanted);
  const apr_status_t status = ap_duplicate_listeners(ap_pglobal, server, &lists, &count);
  ap_listeners = all;
  return Status{status};
}

/// A list of copies of those of httpd's records for which `kept` has no socket.
ap_listen_rec* copies_of_missing(const ap_listen_rec* kept, std::vector<ap_listen_rec>& room) noexcept {
  room.clear();
  for (const ap_listen_rec* wanted = ap_listeners; wanted; wanted = wanted->next) {
    const ap_listen_rec* same = kept;
    while (same && !same_address(*same, *wanted)) same = same->next;
    if (!same) room.push_back(*wanted);
  }
  for (std::size_t i = 0; i < room.size(); ++i) room[i].next = i + 1 < room.size() ? &room[i + 1] : nullptr;
  return room.empty() ? nullptr : room.data();
}

/// One list in httpd's order, out of kept and new sockets; the kept ones that are no longer wanted are
/// closed.
ap_listen_rec* merge(ap_listen_rec* kept, ap_listen_rec* made) noexcept {
  ap_listen_rec* first = nullptr;
  ap_listen_rec** end = &first;
  for (const ap_listen_rec* wanted = ap_listeners; wanted; wanted = wanted->next) {
    ap_listen_rec* found = take_matching(kept, *wanted);
    if (!found) found = take_matching(made, *wanted);
    if (!found) continue;
    *end = found;
    end = &found->next;
  }
  ap_close_listeners_ex(kept);
  return first;
}

}  // namespace

ListenRecords::~ListenRecords() {
  for (Bucket& bucket : buckets_) bucket.pod.close();
}

Status ListenRecords::open_sockets(server_rec* server, Retained& retained, Spread spread) noexcept {
  const int before = retained.buckets ? retained.mpm->num_buckets : 0;
  int count = spread == Spread::OneBucket ? 1 : 0;
  if (spread == Spread::AsBefore) count = before;
  if (count == 0)
    for (int i = 1; i < before; ++i)
      ap_close_listeners_ex(std::exchange(retained.buckets[i].sockets, nullptr));

  std::vector<ap_listen_rec> room;
  ap_listen_rec* wanted = ap_listeners;
  if (count > 1) wanted = copies_of_missing(retained.buckets[1].sockets, room);
  ap_listen_rec** made = nullptr;
  if (wanted) {
    const Status status = duplicate(server, wanted, made, count);
    if (!status.is_ok()) return status;
  }
  retained.resize_buckets(count);
  buckets_.assign(static_cast<std::size_t>(count), Bucket{});
  at(0).records = ap_listeners;
  for (int i = 1; i < count; ++i) {
    ap_listen_rec*& kept = retained.buckets[i].sockets;
    kept = merge(kept, made ? made[i] : nullptr);
    at(i).records = kept;
  }
  return Status::ok();
}

Status ListenRecords::open_pods() noexcept {
  for (Bucket& bucket : buckets_) {
    const Status status = bucket.pod.open();
    if (!status.is_ok()) return status;
  }
  return Status::ok();
}

void ListenRecords::bequeath_pods(Retained& retained, apr_pool_t* plog) const noexcept {
  for (int i = 0; i < buckets(); ++i) {
    int copy = ::fcntl(at(i).pod.write_end(), F_DUPFD_CLOEXEC, 0);
    retained.buckets[i].old_pod = copy;
    apr_file_t* kept = nullptr;
    if (copy >= 0) apr_os_pipe_put_ex(&kept, &copy, 1, plog);
  }
}

void ListenRecords::adopt_pods(Retained& retained) noexcept {
  for (int i = 0; i < retained.buckets_capacity; ++i) {
    int& pod = retained.buckets[i].old_pod;
    if (pod >= 0) pod = ::fcntl(pod, F_DUPFD_CLOEXEC, 0);
  }
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
