#pragma once

#include "httpd/retained.hpp"

#include <ap_listen.h>
#include <apr_pools.h>

namespace mpm::httpd {

/// What a configuration leaves to the next one at a graceful restart: descriptors only, and in `plog`, which
/// httpd clears after the next configuration has been read and before it opens anything. If by then nobody
/// has taken them over, because httpd now runs another MPM, they are closed, and so nothing lives on that
/// nobody knows of: no listening socket that nobody accepts from, no child that nobody asks to leave. Control
/// process only.

/// Leaves a copy of this descriptor; returns it, or -1.
[[nodiscard]] int leave(int fd, apr_pool_t* plog) noexcept;
/// Makes a left descriptor the caller's own, to be closed by it.
[[nodiscard]] int take_over(int fd) noexcept;

/// Leaves a copy of this socket.
void leave_socket(Retained& retained, const KeptSocket& socket, apr_pool_t* plog) noexcept;
/// Takes over all that was left: pipes and sockets.
void take_over_all(Retained& retained) noexcept;
/// Of those taken over, the socket of this bucket that was opened beside this one of httpd's, as a record in
/// pconf; null if there is none.
[[nodiscard]] ap_listen_rec* find_socket(Retained& retained, int bucket, const ap_listen_rec& httpds,
                                         apr_pool_t* pconf) noexcept;
/// Closes the sockets that nobody wanted.
void close_unwanted_sockets(Retained& retained) noexcept;
/// Forgets all numbers without closing them: another MPM ran meanwhile, and they may stand for anything now.
void forget_legacy(Retained& retained) noexcept;

}  // namespace mpm::httpd
