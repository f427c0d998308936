#pragma once

#include <httpd.h>

#include <ap_listen.h>
#include <apr_pools.h>

namespace mpm::httpd {

// Records of listening sockets: those of bucket 0 are httpd's own, it has none of the others.

/// The descriptor of this record; -1 if it is closed, or has never been bound.
[[nodiscard]] int descriptor_of(const ap_listen_rec& record) noexcept;

/// A record in pconf for this listening socket, which is closed with it; with the protocol and the
/// AcceptFilter of `httpds`, but the address that it is bound to. Null if `fd` is none.
[[nodiscard]] ap_listen_rec* make_record(int fd, const ap_listen_rec& httpds, apr_pool_t* pconf) noexcept;

/// Before ap_setup_listeners(). If one of httpd's sockets is left of several, that would make it block
/// (listen.c, AP_NONBLOCK_WHEN_MULTI_LISTEN), for the children of the generation before as well, who may wait
/// for ever in accept(2) then for a client that another child has taken. Here the last one gets an
/// apr_socket_t that says that it blocks already, so that httpd leaves it as it is. If there is no descriptor
/// for that, it is made to block until a new child begins.
void keep_last_socket_nonblocking() noexcept;

}  // namespace mpm::httpd
