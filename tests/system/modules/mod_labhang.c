/*
 * What hangs, for as long as a file exists, and says so in another with ".here" behind its name: LabHang PATH
 *   post_config     while PATH.configN is there, after N restarts
 *   child_init      while PATH.init is there
 *   lab-hang        the handler; while PATH.handler is there
 *   lab-crash       a handler that does what the query string says: segv or abort
 */
#include <httpd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <http_config.h>
#include <http_protocol.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

module AP_MODULE_DECLARE_DATA labhang_module;

static const char* path;

static void say_that_it_hangs(const char* name) {
  char said[320];
  apr_snprintf(said, sizeof(said), "%s.here", name);
  close(open(said, O_CREAT | O_WRONLY, 0666));
}

static void hang_while_there(const char* end) {
  char name[300];
  const struct timespec moment = {0, 5000000};
  apr_snprintf(name, sizeof(name), "%s%s", path, end);
  if (access(name, F_OK) == 0) say_that_it_hangs(name);
  while (access(name, F_OK) == 0) nanosleep(&moment, NULL);
}

static int post_config(apr_pool_t* p, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* s) {
  int generation = 0;
  ap_mpm_query(AP_MPMQ_GENERATION, &generation);
  hang_while_there(apr_psprintf(ptemp, ".config%d", generation));
  return OK;
}

static void child_init(apr_pool_t* p, server_rec* s) { hang_while_there(".init"); }

static int handle(request_rec* r) {
  if (!r->handler) return DECLINED;
  if (!strcmp(r->handler, "lab-crash")) {
    if (r->args && !strcmp(r->args, "abort")) abort();
    raise(SIGSEGV);
  }
  if (strcmp(r->handler, "lab-hang")) return DECLINED;
  hang_while_there(".handler");
  ap_set_content_type(r, "text/plain");
  ap_rputs("went on\n", r);
  return OK;
}

static const char* set_path(cmd_parms* cmd, void* unused, const char* value) {
  path = apr_pstrdup(cmd->pool, value);
  return NULL;
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("LabHang", set_path, NULL, RSRC_CONF,
                  "the beginning of the names of files that make this hang"),
    {NULL},
};

static void register_hooks(apr_pool_t* p) {
  ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_handler(handle, NULL, NULL, APR_HOOK_FIRST);
}

AP_DECLARE_MODULE(labhang) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, commands, register_hooks};
