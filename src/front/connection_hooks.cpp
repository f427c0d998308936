#include "front/connection_hooks.hpp"

#include "front/child_runtime.hpp"
#include "front/runtime.hpp"
#include "httpd/compat.hpp"
#include "httpd/connection_config.hpp"
#include "httpd/module.hpp"

#include <new>
#include <thread>

#include <apr_pools.h>
#include <http_core.h>
#include <http_main.h>
#include <http_ssl.h>

namespace mpm::front {
namespace {

using httpd::ConnectionConfig;
using httpd::HostQueues;

ConnectionConfig& config_of(const conn_rec* c) noexcept {
  return *static_cast<ConnectionConfig*>(ap_get_module_config(c->conn_config, &mpm_event_module));
}

const HostQueues& queues_of(const server_rec* s) noexcept {
  return *static_cast<const HostQueues*>(ap_get_module_config(s->module_config, &mpm_event_module));
}

apr_status_t request_ends(void* config) noexcept {
  auto& ours = *static_cast<ConnectionConfig*>(config);
  ours.request.store(nullptr, std::memory_order_relaxed);
  if (runtime && runtime->child)
    ours.ended_after.store(runtime->child->callbacks_begun(), std::memory_order_relaxed);
  ours.ended_in.store(std::this_thread::get_id(), std::memory_order_relaxed);
  return APR_SUCCESS;
}

// The connections of HTTP/2 streams are not ours to close, and a request that is redirected has been asked
// about.
bool may_be_last(const request_rec& r) noexcept { return !r.connection->master && !r.prev; }

Transport transport_of(conn_rec& c) noexcept {
  return ap_ssl_conn_is_ssl(&c) ? Transport::Tls : Transport::Plain;
}

// httpd reads nothing more from a connection whose keepalive says that it is closing, not even the request's
// body. A connection that changes its protocol is needed for what follows.
void say_it_is_last(request_rec& r) noexcept {
  if (!apr_table_get(r.headers_in, "Upgrade")) apr_table_setn(r.err_headers_out, "Connection", "close");
}

}  // namespace

void plan_timeouts(Runtime& here, server_rec* main_server) noexcept {
  for (server_rec* s = main_server; s; s = s->next) {
    auto* const queues = ::new (apr_palloc(here.pconf, sizeof(HostQueues))) HostQueues;
    queues->io = here.timeouts.number_for(Duration{s->timeout});
    queues->keep_alive = here.timeouts.number_for(Duration{s->keep_alive_timeout});
    ap_set_module_config(s->module_config, &mpm_event_module, queues);
  }
}

int pre_connection(conn_rec* c, void*) noexcept {
  // A module that made a state of its own for it keeps it; one copied from the master must not be shared.
  if (!c->master || (c->cs && c->cs != c->master->cs)) return OK;
  auto* const config = ::new (apr_palloc(c->pool, sizeof(ConnectionConfig))) ConnectionConfig;
  config->state.state = httpd::state_processing;
  config->state.sense = CONN_SENSE_DEFAULT;
  config->queues = config_of(c->master).queues;
  c->cs = &config->state;
  ap_set_module_config(c->conn_config, &mpm_event_module, config);
  return OK;
}

void pre_read_request(request_rec* r, conn_rec* c) noexcept {
  ConnectionConfig& config = config_of(c);
  config.request.store(r, std::memory_order_relaxed);
  config.queues = queues_of(ap_server_conf);
  apr_pool_cleanup_register(r->pool, &config, &request_ends, &apr_pool_cleanup_null);
}

int post_read_request(request_rec* r) noexcept {
  // A host without a KeepAliveTimeout of its own has that of the base server of its address, as with all
  // MPMs.
  const server_rec* const keeps_alive =
      r->server->keep_alive_timeout_set ? r->server : r->connection->base_server;
  config_of(r->connection).queues = {.io = queues_of(r->server).io,
                                     .keep_alive = queues_of(keeps_alive).keep_alive};
  if (may_be_last(*r) && runtime->child && runtime->child->claim_last_answer(transport_of(*r->connection)))
    say_it_is_last(*r);
  return OK;
}

int protocol_switch(conn_rec* c, request_rec* r, server_rec* s, const char*) noexcept {
  if (!r && s) config_of(c).queues = queues_of(s);
  return DECLINED;
}

}  // namespace mpm::front
