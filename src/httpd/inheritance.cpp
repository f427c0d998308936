#include "httpd/inheritance.hpp"

#include "httpd/socket_record.hpp"

#include <span>
#include <utility>

#include <apr_portable.h>
#include <fcntl.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

std::span<KeptSocket> kept(const Retained& retained) noexcept {
  return {retained.kept_sockets, static_cast<std::size_t>(retained.kept_count)};
}

}  // namespace

int bequeath(int fd, apr_pool_t* plog) noexcept {
  int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  apr_file_t* keeper = nullptr;
  if (copy >= 0) apr_os_pipe_put_ex(&keeper, &copy, 1, plog);
  return copy;
}

int inherit(int fd) noexcept { return fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 0); }

void bequeath_socket(Retained& retained, const KeptSocket& socket, apr_pool_t* plog) noexcept {
  KeptSocket copy = socket;
  copy.fd = bequeath(socket.fd, plog);
  retained.add_kept_socket(copy);
}

void inherit_all(Retained& retained) noexcept {
  for (int i = 0; i < retained.buckets_capacity; ++i) retained.old_pods[i] = inherit(retained.old_pods[i]);
  for (KeptSocket& socket : kept(retained)) socket.fd = inherit(socket.fd);
}

ap_listen_rec* inherited_socket(Retained& retained, int bucket, const ap_listen_rec& httpds,
                                apr_pool_t* pconf) noexcept {
  for (KeptSocket& socket : kept(retained))
    if (socket.fd >= 0 && socket.bucket == bucket && socket.httpds == &httpds)
      return make_record(std::exchange(socket.fd, -1), httpds, pconf);
  return nullptr;
}

void close_unclaimed_sockets(Retained& retained) noexcept {
  for (const KeptSocket& socket : kept(retained))
    if (socket.fd >= 0) ::close(socket.fd);
  retained.kept_count = 0;
}

void forget_inheritance(Retained& retained) noexcept {
  retained.kept_count = 0;
  for (int i = 0; i < retained.buckets_capacity; ++i) retained.old_pods[i] = -1;
}

}  // namespace mpm::httpd
