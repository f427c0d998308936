/*
 * A module with a thread of its own in each child, made in child_init with every signal unblocked (PR 62009).
 * The thread uses the child's pool all the time, as such modules do.
 */
#include <httpd.h>

#include <apr_atomic.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <http_config.h>
#include <http_log.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

module AP_MODULE_DECLARE_DATA labthread_module;

static apr_uint32_t stopping;
static apr_thread_t* thread;

static void* APR_THREAD_FUNC work(apr_thread_t* self, void* parent_pool) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_UNBLOCK, &all, NULL);
  while (!apr_atomic_read32(&stopping)) {
    const struct timespec moment = {0, 2000000};
    apr_pool_t* scratch;
    if (apr_pool_create(&scratch, NULL) == APR_SUCCESS) {
      apr_pstrdup(scratch, "work");
      apr_pool_destroy(scratch);
    }
    nanosleep(&moment, NULL);
  }
  return NULL;
}

static apr_status_t join(void* unused) {
  apr_status_t result;
  apr_atomic_set32(&stopping, 1);
  return apr_thread_join(&result, thread);
}

static void child_init(apr_pool_t* p, server_rec* s) {
  if (apr_thread_create(&thread, NULL, work, p, p) == APR_SUCCESS) {
    apr_pool_pre_cleanup_register(p, NULL, join);
  }
}

static void register_hooks(apr_pool_t* p) { ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE); }

AP_DECLARE_MODULE(labthread) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
