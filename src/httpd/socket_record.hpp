#pragma once

#include <httpd.h>

#include <ap_listen.h>
#include <apr_pools.h>

namespace mpm::httpd {

// One socket of a bucket from the second on, which httpd has no record of: those of bucket 0 are its own.

/// The descriptor of this record; -1 if it is closed, or has never been bound.
[[nodiscard]] int descriptor_of(const ap_listen_rec& record) noexcept;

/// A record in pconf for this listening socket, which is closed with it; with the protocol and the
/// AcceptFilter of `httpds`, but the address that it is bound to. Null if `fd` is none.
[[nodiscard]] ap_listen_rec* make_record(int fd, const ap_listen_rec& httpds, apr_pool_t* pconf) noexcept;

}  // namespace mpm::httpd
