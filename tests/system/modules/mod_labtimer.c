/*
 * Timed callbacks that write down how late they ran.
 *
 * - LabTimerFile PATH: where each callback appends "DELAY_MS LATE_MICROSECONDS PID"
 * - handler lab-timer: registers a callback for each of ?after=N,N,N (ms); ?times=K repeats the list
 * - handler lab-timer-chain: each callback registers the next one, ?times=K in all, ?after=N apart
 * - handler lab-timer-threads: ?threads=T threads of this module's own register ?times=K callbacks each, for ?after=N
 * - handler lab-timer-answer: suspends the request; a callback after ?after=N (0) answers it. The connection's suspend hook
 *   does not return before another callback has been called after that one
 * - handler lab-timer-early: suspends the request; a callback without delay answers it, and stays for a moment after it has
 *   ended the request. With LabTimerEarly On the process_connection hook returns only when the request has ended
 * - handler lab-timer-overtakes: says whether such a callback is still being run
 *
 * Lateness is taken from CLOCK_MONOTONIC, so a jump of the wall clock does not spoil it.
 */
#include <httpd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mpm_common.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

module AP_MODULE_DECLARE_DATA labtimer_module;

static const char* record_file;
static int is_early;

struct alarm {
  long long due;
  long long delay;
  int left;
};

static long long microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void ring(void* baton) {
  struct alarm* alarm = baton;
  const long long late = microseconds() - alarm->due;
  char line[96];
  const int size = snprintf(line, sizeof(line), "%lld %lld %ld\n", alarm->delay / 1000, late, (long)getpid());
  const int fd = open(record_file, O_WRONLY | O_APPEND | O_CREAT, 0666);
  if (fd >= 0) {
    if (write(fd, line, (size_t)size) != size) {
      abort();
    }
    close(fd);
  }
  if (--alarm->left > 0) {
    alarm->due = microseconds() + alarm->delay;
    ap_mpm_register_timed_callback(alarm->delay, ring, alarm);
    return;
  }
  free(alarm);
}

static int set(long long delay, int rounds) {
  struct alarm* alarm = malloc(sizeof(*alarm));
  alarm->delay = delay;
  alarm->left = rounds;
  alarm->due = microseconds() + delay;
  return ap_mpm_register_timed_callback(delay, ring, alarm) == APR_SUCCESS;
}

struct order {
  pthread_t thread;
  long long delay;
  int times;
  int count;
};

static void* set_all(void* ordered) {
  struct order* order = ordered;
  int i;
  for (i = 0; i < order->times; ++i) {
    order->count += set(order->delay, 1);
  }
  return NULL;
}

static int set_in_threads(apr_pool_t* pool, int threads, long long delay, int times) {
  struct order* orders = apr_pcalloc(pool, (apr_size_t)threads * sizeof(*orders));
  int i, count = 0;
  for (i = 0; i < threads; ++i) {
    orders[i].delay = delay;
    orders[i].times = times;
    if (pthread_create(&orders[i].thread, NULL, set_all, &orders[i])) {
      abort();
    }
  }
  for (i = 0; i < threads; ++i) {
    pthread_join(orders[i].thread, NULL);
    count += orders[i].count;
  }
  return count;
}

static long long number_of(request_rec* r, const char* key, long long otherwise) {
  const char* at = r->args ? strstr(r->args, key) : NULL;
  return at ? apr_atoi64(at + strlen(key)) : otherwise;
}

static _Atomic(conn_rec*) waiting; /* in the suspend hook, or soon */

static void let_go_on(void* unused) { atomic_store(&waiting, NULL); }

static void answer(void* suspended) {
  request_rec* r = suspended;
  apr_thread_mutex_lock(r->invoke_mtx); /* until the handler has returned */
  ap_set_content_length(r, 7);
  ap_rputs("answer\n", r);
  ap_rflush(r);
  apr_thread_mutex_unlock(r->invoke_mtx);
  ap_finalize_request_protocol(r);
  ap_process_request_after_handler(r);
  ap_mpm_register_timed_callback(0, let_go_on, NULL);
}

static atomic_int staying; /* in a callback that has ended its request */
static atomic_int asked;

static void answer_early(void* suspended) {
  const struct timespec moment = {0, 5000000};
  int moments = 40;
  request_rec* r = suspended;
  apr_thread_mutex_lock(r->invoke_mtx);
  atomic_store(&asked, 0);
  ap_rputs("early\n", r);
  ap_rflush(r);
  apr_thread_mutex_unlock(r->invoke_mtx);
  ap_finalize_request_protocol(r);
  atomic_store(&staying, 1);
  ap_process_request_after_handler(r);
  atomic_store(&waiting, NULL);
  while (!atomic_load(&asked) && moments-- > 0) {
    nanosleep(&moment, NULL);
  }
  atomic_store(&staying, 0);
}

/* As httpd's, but slower to return. */
static int process_connection(conn_rec* c) {
  const struct timespec moment = {0, 5000000};
  request_rec* r;
  if (!is_early) {
    return DECLINED;
  }
  r = ap_read_request(c);
  if (r) {
    ap_process_async_request(r);
  } else {
    c->cs->state = CONN_STATE_LINGER;
  }
  while (atomic_load(&waiting) == c) {
    nanosleep(&moment, NULL);
  }
  return OK;
}

static void suspend_connection(conn_rec* c, request_rec* r) {
  const struct timespec moment = {0, 5000000};
  while (atomic_load(&waiting) == c) {
    nanosleep(&moment, NULL);
  }
}

static int handle(request_rec* r) {
  const char* list;
  long long times;
  int count = 0;

  if (!r->handler || strncmp(r->handler, "lab-timer", 9)) {
    return DECLINED;
  }
  if (!strcmp(r->handler, "lab-timer-answer")) {
    atomic_store(&waiting, r->connection);
    ap_mpm_register_timed_callback(number_of(r, "after=", 0) * 1000, answer, r);
    return SUSPENDED;
  }
  if (!strcmp(r->handler, "lab-timer-early")) {
    ap_set_content_length(r, 6);
    atomic_store(&waiting, r->connection);
    ap_mpm_register_timed_callback(0, answer_early, r);
    return SUSPENDED;
  }
  if (!strcmp(r->handler, "lab-timer-overtakes")) {
    ap_rputs(atomic_load(&staying) ? "yes\n" : "no\n", r);
    atomic_store(&asked, 1);
    return OK;
  }
  times = number_of(r, "times=", 1);
  if (!strcmp(r->handler, "lab-timer-chain")) {
    count = set(number_of(r, "after=", 10) * 1000, (int)times);
  } else if (!strcmp(r->handler, "lab-timer-threads")) {
    count = set_in_threads(r->pool, (int)number_of(r, "threads=", 2), number_of(r, "after=", 10) * 1000, (int)times);
  } else {
    while (times-- > 0) {
      list = r->args ? strstr(r->args, "after=") : NULL;
      list = list ? list + 6 : NULL;
      while (list) {
        count += set(apr_atoi64(list) * 1000, 1);
        list += strspn(list, "0123456789");
        list = *list == ',' ? list + 1 : NULL;
      }
    }
  }
  ap_set_content_type(r, "text/plain");
  ap_rprintf(r, "%d\n", count);
  return OK;
}

static const char* set_file(cmd_parms* cmd, void* unused, const char* path) {
  record_file = apr_pstrdup(cmd->pool, path);
  return NULL;
}

static const char* set_early(cmd_parms* cmd, void* unused, int on) {
  is_early = on;
  return NULL;
}

static const command_rec commands[] = {
    AP_INIT_FLAG("LabTimerEarly", set_early, NULL, RSRC_CONF, "requests end before process_connection returns"),
    AP_INIT_TAKE1("LabTimerFile", set_file, NULL, RSRC_CONF, "where callbacks write how late they ran"),
    {NULL},
};

static void register_hooks(apr_pool_t* p) {
  ap_hook_handler(handle, NULL, NULL, APR_HOOK_FIRST);
  ap_hook_process_connection(process_connection, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_suspend_connection(suspend_connection, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(labtimer) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, commands, register_hooks};
