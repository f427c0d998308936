#pragma once

#include <httpd.h>

namespace mpm::front {

struct Runtime;

/// Gives each virtual host its queue numbers; while the configuration is being read.
void plan_timeouts(Runtime& here, server_rec* main_server) noexcept;

// Hooks; any worker, and for the connections of HTTP/2 streams the threads of mod_http2.

/// Gives a secondary connection (c->master) a state and a config of its own.
int pre_connection(conn_rec* c, void* socket) noexcept;
/// A new request: until its host is known, the main server's timeouts count.
void pre_read_request(request_rec* r, conn_rec* c) noexcept;
/// The request's host is known: its timeouts count from now on. If clients wait behind a held gate, its
/// response may have to say that it is the last on its connection.
int post_read_request(request_rec* r) noexcept;
/// A protocol took the whole connection over: the timeouts of the host it was switched on count.
int protocol_switch(conn_rec* c, request_rec* r, server_rec* s, const char* protocol) noexcept;

}  // namespace mpm::front
