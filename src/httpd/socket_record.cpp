#include "httpd/socket_record.hpp"

#include <apr_network_io.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

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

}  // namespace

int descriptor_of(const ap_listen_rec& record) noexcept {
  apr_os_sock_t fd = -1;
  return apr_os_sock_get(&fd, record.sd) == APR_SUCCESS ? fd : -1;
}

ap_listen_rec* make_record(int fd, const ap_listen_rec& httpds, apr_pool_t* pconf) noexcept {
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
  auto* const record = static_cast<ap_listen_rec*>(apr_pmemdup(pconf, &httpds, sizeof httpds));
  record->next = nullptr;
  const bool made = apr_os_sock_make(&record->sd, &info, pconf) == APR_SUCCESS &&
                    apr_socket_addr_get(&record->bind_addr, APR_LOCAL, record->sd) == APR_SUCCESS;
  if (!made) return nullptr;
  accept_alike(fd, httpds);
  return record;
}

}  // namespace mpm::httpd
