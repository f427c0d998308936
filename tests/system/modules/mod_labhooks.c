/*
 * Writes down which hooks of the MPM ran, one line each: NAME PID KEY=VALUE…
 *   LabHooksFile PATH
 */
#include <httpd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <http_config.h>
#include <http_connection.h>
#include <mpm_common.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

module AP_MODULE_DECLARE_DATA labhooks_module;

static const char* record_file;

static void record(const char* form, ...) {
  char line[200];
  int size;
  int fd;
  va_list arguments;

  va_start(arguments, form);
  size = vsnprintf(line, sizeof(line), form, arguments);
  va_end(arguments);
  fd = open(record_file, O_WRONLY | O_APPEND | O_CREAT, 0666);
  if (fd >= 0) {
    (void)fchmod(fd, 0666); /* the parent may be the first to write, children must be able to */
    if (write(fd, line, (size_t)size) != size) {
      abort();
    }
    close(fd);
  }
}

/* What ap_mpm_query says now. */
static int mpm_state(void) {
  int state = -1;
  return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS ? state : -1;
}

static apr_status_t child_cleanup(void* unused) {
  record("child_cleanup %ld mpm_state=%d\n", (long)getpid(), mpm_state());
  return APR_SUCCESS;
}

static void child_init(apr_pool_t* p, server_rec* s) {
  record("child_init %ld uid=%ld mpm_state=%d\n", (long)getpid(), (long)getuid(), mpm_state());
  apr_pool_cleanup_register(p, NULL, child_cleanup, apr_pool_cleanup_null);
}

static void child_stopping(apr_pool_t* p, int graceful) {
  record("child_stopping %ld graceful=%d mpm_state=%d\n", (long)getpid(), graceful, mpm_state());
}

static void child_status(server_rec* s, pid_t pid, ap_generation_t generation, int slot,
                         mpm_child_status state) {
  record("child_status %ld child=%ld generation=%d slot=%d state=%d\n", (long)getpid(), (long)pid, generation,
         slot, (int)state);
}

static void end_generation(server_rec* s, ap_generation_t generation) {
  record("end_generation %ld generation=%d\n", (long)getpid(), generation);
}

static int monitor(apr_pool_t* p, server_rec* s) {
  record("monitor %ld\n", (long)getpid());
  return DECLINED;
}

static int pre_mpm(apr_pool_t* p, ap_scoreboard_e type) {
  record("pre_mpm %ld shared=%d\n", (long)getpid(), type == SB_SHARED);
  return DECLINED;
}

static void suspend_connection(conn_rec* c, request_rec* r) {
  record("suspend %ld id=%ld request=%d\n", (long)getpid(), c->id, r != NULL);
}

static void resume_connection(conn_rec* c, request_rec* r) {
  record("resume %ld id=%ld request=%d\n", (long)getpid(), c->id, r != NULL);
}

static apr_status_t connection_ends(void* unused) {
  record("connection_end %ld\n", (long)getpid());
  return APR_SUCCESS;
}

static int pre_connection(conn_rec* c, void* csd) {
  apr_pool_cleanup_register(c->pool, NULL, connection_ends, apr_pool_cleanup_null);
  return DECLINED;
}

static const char* set_file(cmd_parms* cmd, void* unused, const char* path) {
  record_file = apr_pstrdup(cmd->pool, path);
  return NULL;
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("LabHooksFile", set_file, NULL, RSRC_CONF, "where hooks are written down"),
    {NULL},
};

static void register_hooks(apr_pool_t* p) {
  ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_child_stopping(child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_child_status(child_status, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_end_generation(end_generation, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_monitor(monitor, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_pre_mpm(pre_mpm, NULL, NULL, APR_HOOK_FIRST);
  ap_hook_pre_connection(pre_connection, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_suspend_connection(suspend_connection, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_resume_connection(resume_connection, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(labhooks) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, commands, register_hooks};
