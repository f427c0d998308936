#include "httpd/socket_record.hpp"

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

/// httpd has given `httpds` the AcceptFilter of this configuration, and does so for nobody else's sockets.
void accept_alike([[maybe_unused]] int fd, [[maybe_unused]] const ap_listen_rec& httpds) noexcept {
#ifdef TCP_DEFER_ACCEPT
  int seconds = 0;
  socklen_t length = sizeof seconds;
  if (::getsockopt(descriptor_of(httpds), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, &length) == 0)
    ::setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, length);
#endif
}

/// An apr_socket_t in `pool` for this listening socket, which is closed with it. Null if `fd` is none.
apr_socket_t* make_socket(int fd, apr_pool_t* pool) noexcept {
  // APR takes the server's address of a connection from here, unless this is a wildcard.
  sockaddr_storage local{};
  socklen_t length = sizeof local;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &length) != 0) return nullptr;
  apr_os_sock_info_t info{};
  info.os_sock = &fd;
  info.local = reinterpret_cast<sockaddr*>(&local);
  info.family = local.ss_family;
  info.type = SOCK_STREAM;
  info.protocol = APR_PROTO_TCP;
  apr_socket_t* socket = nullptr;
  return apr_os_sock_make(&socket, &info, pool) == APR_SUCCESS ? socket : nullptr;
}

/// The only one of httpd's records that is open already; null if there are others, or none.
ap_listen_rec* last_open_record() noexcept {
  ap_listen_rec* last = nullptr;
  for (ap_listen_rec* record = ap_listeners; record; record = record->next) {
    if (!record->active) continue;
    if (last) return nullptr;
    last = record;
  }
  return last;
}

}  // namespace

int descriptor_of(const ap_listen_rec& record) noexcept {
  apr_os_sock_t fd = -1;
  return apr_os_sock_get(&fd, record.sd) == APR_SUCCESS ? fd : -1;
}

ap_listen_rec* make_record(int fd, const ap_listen_rec& httpds, apr_pool_t* pconf) noexcept {
  auto* const record = static_cast<ap_listen_rec*>(apr_pmemdup(pconf, &httpds, sizeof httpds));
  record->next = nullptr;
  record->sd = make_socket(fd, pconf);
  if (!record->sd || apr_socket_addr_get(&record->bind_addr, APR_LOCAL, record->sd) != APR_SUCCESS)
    return nullptr;
  accept_alike(fd, httpds);
  return record;
}

void keep_last_socket_nonblocking() noexcept {
  ap_listen_rec* const record = last_open_record();
  apr_int32_t nonblocking = 0;
  if (!record || apr_socket_opt_get(record->sd, APR_SO_NONBLOCK, &nonblocking) != APR_SUCCESS || !nonblocking)
    return;
  const int copy = ::fcntl(descriptor_of(*record), F_DUPFD_CLOEXEC, 0);
  apr_socket_t* const socket = make_socket(copy, apr_socket_pool_get(record->sd));
  if (socket) {
    apr_socket_close(std::exchange(record->sd, socket));
  } else if (copy >= 0) {
    ::close(copy);
  }
}

}  // namespace mpm::httpd
