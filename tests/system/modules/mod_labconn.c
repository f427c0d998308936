/*
 * A protocol of our own on chosen virtual hosts: every result that process_connection may give.
 *
 * LabConnection MODE (in a VirtualHost by address) with MODE
 * - untouched: says hello, returns OK, leaves the state alone
 * - done: says hello, returns DONE
 * - error: says hello, returns HTTP_INTERNAL_SERVER_ERROR
 * - odd-state: returns OK with a state that is none of the MPM's
 * - declined: returns DECLINED, so httpd's own HTTP answers
 * - echo: echoes lines, waits for each in ASYNC_WAITIO with sense read
 * - echo-default: the same, with the default sense
 * - whisper: says something without a flush, and waits in ASYNC_WAITIO with the default sense
 * - writable: waits once in ASYNC_WAITIO with sense write, then says writable
 * - keep: answers each line with the number of the call, state WRITE_COMPLETION, kept alive
 * - suspended: state SUSPENDED; a timed callback shuts the sending side down after 200 ms
 * - pre-forbidden: pre_connection returns HTTP_FORBIDDEN
 * - pre-done: pre_connection says hello on the socket itself and returns DONE, so there are no filters
 * - pre-aborted: pre_connection marks the connection aborted
 * - clogging: plain HTTP with clogging_input_filters set
 */
#include <httpd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>

module AP_MODULE_DECLARE_DATA labconn_module;

struct host {
  const char* mode;
};

struct visit {
  int calls;
};

static const char* mode_of(conn_rec* c) {
  struct host* host = ap_get_module_config(c->base_server->module_config, &labconn_module);
  return host->mode ? host->mode : "";
}

static int is(conn_rec* c, const char* mode) { return !strcmp(mode_of(c), mode); }

static apr_status_t say_and(conn_rec* c, const char* text, int flush) {
  apr_bucket_brigade* bb = apr_brigade_create(c->pool, c->bucket_alloc);
  apr_status_t status;
  apr_brigade_puts(bb, NULL, NULL, text);
  if (flush) APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_flush_create(c->bucket_alloc));
  status = ap_pass_brigade(c->output_filters, bb);
  apr_brigade_destroy(bb);
  return status;
}

static apr_status_t say(conn_rec* c, const char* text) { return say_and(c, text, 1); }

/* APR_SUCCESS with a line, APR_EAGAIN, or another status at the end of the stream. */
static apr_status_t hear(conn_rec* c, char* line, apr_size_t room) {
  apr_bucket_brigade* bb = apr_brigade_create(c->pool, c->bucket_alloc);
  apr_size_t size = room - 1;
  apr_status_t status = ap_get_brigade(c->input_filters, bb, AP_MODE_GETLINE, APR_NONBLOCK_READ, 0);
  line[0] = '\0';
  if (status == APR_SUCCESS) {
    if (APR_BRIGADE_EMPTY(bb)) {
      status = APR_EAGAIN;
    } else if (APR_BUCKET_IS_EOS(APR_BRIGADE_FIRST(bb))) {
      status = APR_EOF;
    } else {
      status = apr_brigade_flatten(bb, line, &size);
      line[size] = '\0';
    }
  }
  apr_brigade_destroy(bb);
  return status;
}

static int echo(conn_rec* c, conn_sense_e sense) {
  char line[256];
  apr_status_t status;
  while ((status = hear(c, line, sizeof(line))) == APR_SUCCESS) {
    say(c, line);
  }
  if (APR_STATUS_IS_EAGAIN(status)) {
    c->cs->state = CONN_STATE_ASYNC_WAITIO;
    c->cs->sense = sense;
    return OK;
  }
  c->cs->state = CONN_STATE_LINGER;
  return OK;
}

static int whisper(conn_rec* c) {
  say_and(c, "whispered\n", 0);
  c->cs->state = CONN_STATE_ASYNC_WAITIO;
  return OK;
}

static int writable(conn_rec* c, struct visit* visit) {
  if (visit->calls == 1) {
    c->cs->state = CONN_STATE_ASYNC_WAITIO;
    c->cs->sense = CONN_SENSE_WANT_WRITE;
    return OK;
  }
  say(c, "writable\n");
  c->cs->state = CONN_STATE_LINGER;
  return OK;
}

static int keep(conn_rec* c, struct visit* visit) {
  char line[256];
  const apr_status_t status = hear(c, line, sizeof(line));
  if (status != APR_SUCCESS && !APR_STATUS_IS_EAGAIN(status)) {
    c->cs->state = CONN_STATE_LINGER;
    return OK;
  }
  say(c, apr_psprintf(c->pool, "%d %s", visit->calls, line[0] ? line : "-\n"));
  c->keepalive = AP_CONN_KEEPALIVE;
  c->cs->state = CONN_STATE_WRITE_COMPLETION;
  return OK;
}

static void hang_up(void* baton) { apr_socket_shutdown(baton, APR_SHUTDOWN_WRITE); }

static int process_connection(conn_rec* c) {
  struct visit* visit;

  if (c->master || !*mode_of(c)) {
    return DECLINED;
  }
  visit = ap_get_module_config(c->conn_config, &labconn_module);
  if (!visit) {
    visit = apr_pcalloc(c->pool, sizeof(*visit));
    ap_set_module_config(c->conn_config, &labconn_module, visit);
  }
  ++visit->calls;
  if (is(c, "pre-done")) {
    return OK;
  }
  if (is(c, "untouched")) {
    say(c, "hello\n");
    return OK;
  }
  if (is(c, "done")) {
    say(c, "hello\n");
    return DONE;
  }
  if (is(c, "error")) {
    say(c, "hello\n");
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  if (is(c, "odd-state")) {
    say(c, "hello\n");
    c->cs->state = CONN_STATE_HANDLER;
    return OK;
  }
  if (is(c, "echo")) {
    return echo(c, CONN_SENSE_WANT_READ);
  }
  if (is(c, "echo-default")) {
    return echo(c, CONN_SENSE_DEFAULT);
  }
  if (is(c, "whisper")) return whisper(c);
  if (is(c, "writable")) {
    return writable(c, visit);
  }
  if (is(c, "keep")) {
    return keep(c, visit);
  }
  if (is(c, "suspended")) {
    say(c, "hello\n");
    c->cs->state = CONN_STATE_SUSPENDED;
    ap_mpm_register_timed_callback(apr_time_from_msec(200), hang_up, ap_get_conn_socket(c));
    return OK;
  }
  return DECLINED;
}

static int pre_connection(conn_rec* c, void* csd) {
  if (c->master) {
    return DECLINED;
  }
  if (is(c, "pre-forbidden")) {
    return HTTP_FORBIDDEN;
  }
  if (is(c, "pre-done")) {
    apr_size_t size = 6;
    apr_socket_send(csd, "hello\n", &size);
    ap_set_core_module_config(c->conn_config, csd);
    return DONE;
  }
  if (is(c, "pre-aborted")) {
    c->aborted = 1;
  }
  if (is(c, "clogging")) {
    c->clogging_input_filters = 1;
  }
  return OK;
}

static void* new_host(apr_pool_t* p, server_rec* s) { return apr_pcalloc(p, sizeof(struct host)); }

static const char* set_mode(cmd_parms* cmd, void* unused, const char* mode) {
  struct host* host = ap_get_module_config(cmd->server->module_config, &labconn_module);
  host->mode = apr_pstrdup(cmd->pool, mode);
  return NULL;
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("LabConnection", set_mode, NULL, RSRC_CONF, "what to do with connections of this host"),
    {NULL},
};

static void register_hooks(apr_pool_t* p) {
  ap_hook_pre_connection(pre_connection, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_process_connection(process_connection, NULL, NULL, APR_HOOK_FIRST);
}

AP_DECLARE_MODULE(labconn) = {STANDARD20_MODULE_STUFF, NULL, NULL, new_host, NULL, commands, register_hooks};
