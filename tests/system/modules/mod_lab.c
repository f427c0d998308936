/*
 * Handlers that the system tests need.
 *   lab-sleep         answers after ?ms=N milliseconds, or ?us=N microseconds, in the handler
 *   lab-spin          answers after ?ms=N milliseconds of computing
 *   lab-query         every ap_mpm_query code with its result
 *   lab-short-linger  answers, asks for a short lingering close and closes
 *   lab-close-socket  takes the connection's socket away before the MPM closes it
 *   lab-null-socket   tells httpd that the connection has no socket any more
 *   lab-exit          ends the process with ?code=N after ?ms=N milliseconds
 *   lab-ids           the connection's id, the child's pid and the thread's id
 */
#include <httpd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_protocol.h>
#include <scoreboard.h>
#include <stdlib.h>
#include <unistd.h>

module AP_MODULE_DECLARE_DATA lab_module;

static apr_time_t wanted(request_rec* r) {
  const char* ms = r->args ? strstr(r->args, "ms=") : NULL;
  const char* us = r->args ? strstr(r->args, "us=") : NULL;
  if (us) return apr_atoi64(us + 3);
  return ms ? apr_time_from_msec(apr_atoi64(ms + 3)) : 0;
}

static int sleeping(request_rec* r) {
  apr_sleep(wanted(r));
  ap_set_content_type(r, "text/plain");
  ap_rputs("slept\n", r);
  return OK;
}

static int spinning(request_rec* r) {
  const apr_time_t end = apr_time_now() + wanted(r);
  while (apr_time_now() < end) {
  }
  ap_set_content_type(r, "text/plain");
  ap_rputs("spun\n", r);
  return OK;
}

static int querying(request_rec* r) {
  int code;
  ap_set_content_type(r, "text/plain");
  ap_rprintf(r, "name %s\n", ap_show_mpm());
  for (code = 0; code <= 24; ++code) {
    int result = -12345;
    apr_status_t status = ap_mpm_query(code, &result);
    ap_rprintf(r, "%d %d %d\n", code, status, status == APR_SUCCESS ? result : 0);
  }
  return OK;
}

static int lingering_shortly(request_rec* r) {
  apr_table_setn(r->connection->notes, "short-lingering-close", "1");
  r->connection->keepalive = AP_CONN_CLOSE;
  ap_set_content_type(r, "text/plain");
  ap_rputs("bye\n", r);
  return OK;
}

static int taking_the_socket(request_rec* r) {
  conn_rec* c = r->connection;
  apr_socket_t* own = ap_get_conn_socket(c);
  apr_socket_t* other = NULL;
  apr_status_t status;

  ap_set_content_type(r, "text/plain");
  status = apr_socket_create(&other, APR_INET, SOCK_STREAM, APR_PROTO_TCP, c->pool);
  if (status != APR_SUCCESS) {
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  apr_socket_close(own);
  ap_set_core_module_config(c->conn_config, other);
  c->keepalive = AP_CONN_CLOSE;
  c->aborted = 1;
  return OK;
}

static int forgetting_the_socket(request_rec* r) {
  ap_set_content_type(r, "text/plain");
  ap_set_core_module_config(r->connection->conn_config, NULL);
  r->connection->keepalive = AP_CONN_CLOSE;
  r->connection->aborted = 1;
  return OK;
}

static int exiting(request_rec* r) {
  const char* code = r->args ? strstr(r->args, "code=") : NULL;
  apr_sleep(wanted(r));
  _exit(code ? atoi(code + 5) : 0);
}

static int telling_ids(request_rec* r) {
  ap_set_content_type(r, "text/plain");
  ap_rprintf(r, "%ld %ld %ld\n", r->connection->id, (long)getpid(), (long)gettid());
  return OK;
}

static const struct {
  const char* name;
  int (*answer)(request_rec*);
} handlers[] = {
    {"lab-sleep", sleeping},
    {"lab-spin", spinning},
    {"lab-query", querying},
    {"lab-short-linger", lingering_shortly},
    {"lab-close-socket", taking_the_socket},
    {"lab-null-socket", forgetting_the_socket},
    {"lab-exit", exiting},
    {"lab-ids", telling_ids},
};

static int handle(request_rec* r) {
  size_t i;
  for (i = 0; r->handler && i < sizeof(handlers) / sizeof(handlers[0]); ++i) {
    if (!strcmp(r->handler, handlers[i].name)) {
      return handlers[i].answer(r);
    }
  }
  return DECLINED;
}

static void register_hooks(apr_pool_t* p) { ap_hook_handler(handle, NULL, NULL, APR_HOOK_FIRST); }

AP_DECLARE_MODULE(lab) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
