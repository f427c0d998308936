#pragma once

#include "httpd/retained.hpp"

#include <ap_listen.h>
#include <apr_pools.h>

namespace mpm::httpd {

// What a configuration bequeaths to the next one at a graceful restart: descriptors only, in `plog`, which
// httpd clears after the next configuration has been read and before it opens anything. If nobody has
// inherited them by then, because httpd now runs another MPM, they are closed, so that nothing lives on that
// nobody knows of: no listening socket that nobody accepts from, no child that nobody asks to leave. Control
// process only.

/// Bequeaths a copy of this descriptor; returns it, or -1.
[[nodiscard]] int bequeath(int fd, apr_pool_t* plog) noexcept;
/// Makes a bequeathed descriptor the caller's own, to be closed by it.
[[nodiscard]] int inherit(int fd) noexcept;

/// Bequeaths a copy of this socket.
void bequeath_socket(Retained& retained, const KeptSocket& socket, apr_pool_t* plog) noexcept;
/// Inherits all that was bequeathed: pipes and sockets.
void inherit_all(Retained& retained) noexcept;
/// Of those inherited, the socket of this bucket that was opened beside this one of httpd's, as a record in
/// pconf; null if there is none.
[[nodiscard]] ap_listen_rec* inherited_socket(Retained& retained, int bucket, const ap_listen_rec& httpds,
                                              apr_pool_t* pconf) noexcept;
/// Closes the inherited sockets that no record was made for.
void close_unclaimed_sockets(Retained& retained) noexcept;
/// Forgets all numbers without closing them: another MPM ran meanwhile, and they may stand for anything now.
void forget_inheritance(Retained& retained) noexcept;

}  // namespace mpm::httpd
