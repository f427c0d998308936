#include "httpd/legacy.hpp"

#include <cstring>
#include <span>
#include <utility>

#include <apr_network_io.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

std::span<KeptSocket> kept(const Retained& retained) noexcept {
  return {retained.kept_sockets, static_cast<std::size_t>(retained.kept_count)};
}

bool same(const sockaddr_in& a, const sockaddr_in& b) noexcept {
  return a.sin_port == b.sin_port && a.sin_addr.s_addr == b.sin_addr.s_addr;
}

bool same(const sockaddr_in6& a, const sockaddr_in6& b) noexcept {
  return a.sin6_port == b.sin6_port && a.sin6_scope_id == b.sin6_scope_id &&
         std::memcmp(&a.sin6_addr, &b.sin6_addr, sizeof a.sin6_addr) == 0;
}

bool is_bound_to(int fd, const apr_sockaddr_t& address) noexcept {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } local{};
  socklen_t length = sizeof local;
  if (::getsockname(fd, &local.any, &length) != 0 || local.any.sa_family != address.family) return false;
  return address.family == AF_INET ? same(local.v4, address.sa.sin) : same(local.v6, address.sa.sin6);
}

/// httpd has given `like` the AcceptFilter of this configuration, and does so for nobody else's sockets.
void accept_alike([[maybe_unused]] int fd, [[maybe_unused]] const ap_listen_rec& like) noexcept {
#ifdef TCP_DEFER_ACCEPT
  apr_os_sock_t model = -1;
  int seconds = 0;
  socklen_t length = sizeof seconds;
  if (apr_os_sock_get(&model, like.sd) == APR_SUCCESS &&
      ::getsockopt(model, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, &length) == 0)
    ::setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, length);
#endif
}

ap_listen_rec* make_record(int fd, const ap_listen_rec& like, apr_pool_t* pconf) noexcept {
  apr_os_sock_info_t info{};
  info.os_sock = &fd;
  info.local = reinterpret_cast<sockaddr*>(&like.bind_addr->sa);
  info.family = like.bind_addr->family;
  info.type = SOCK_STREAM;
  info.protocol = APR_PROTO_TCP;
  auto* const record = static_cast<ap_listen_rec*>(apr_pmemdup(pconf, &like, sizeof like));
  record->next = nullptr;
  return apr_os_sock_make(&record->sd, &info, pconf) == APR_SUCCESS ? record : nullptr;
}

}  // namespace

int leave(int fd, apr_pool_t* plog) noexcept {
  int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  apr_file_t* keeper = nullptr;
  if (copy >= 0) apr_os_pipe_put_ex(&keeper, &copy, 1, plog);
  return copy;
}

int take_over(int fd) noexcept { return fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 0); }

void leave_sockets(Retained& retained, int bucket, const ap_listen_rec* records, apr_pool_t* plog) noexcept {
  for (const ap_listen_rec* record = records; record; record = record->next) {
    apr_os_sock_t fd = -1;
    if (apr_os_sock_get(&fd, record->sd) == APR_SUCCESS) retained.add_kept_socket({leave(fd, plog), bucket});
  }
}

void take_over_all(Retained& retained) noexcept {
  for (int i = 0; i < retained.buckets_capacity; ++i) retained.old_pods[i] = take_over(retained.old_pods[i]);
  for (KeptSocket& socket : kept(retained)) socket.fd = take_over(socket.fd);
}

ap_listen_rec* find_socket(Retained& retained, int bucket, const ap_listen_rec& like,
                           apr_pool_t* pconf) noexcept {
  for (KeptSocket& socket : kept(retained)) {
    if (socket.fd < 0 || socket.bucket != bucket || !is_bound_to(socket.fd, *like.bind_addr)) continue;
    accept_alike(socket.fd, like);
    return make_record(std::exchange(socket.fd, -1), like, pconf);
  }
  return nullptr;
}

void close_unwanted_sockets(Retained& retained) noexcept {
  for (const KeptSocket& socket : kept(retained))
    if (socket.fd >= 0) ::close(socket.fd);
  retained.kept_count = 0;
}

void forget_legacy(Retained& retained) noexcept {
  retained.kept_count = 0;
  for (int i = 0; i < retained.buckets_capacity; ++i) retained.old_pods[i] = -1;
}

}  // namespace mpm::httpd
