/*
 * Preloaded into a server: now and then a call takes a while, as on a machine that has too much to do
 * (lab/late.py).
 *
 * What stands still is a single thread, between two steps that mostly follow each other at once: a fork and
 * the note of its child, the end of a wait and the look at what it brought, a decision and the lock under
 * which it is acted on. Programs that the server starts have no part in this.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int concerned;
static __thread unsigned chance;

__attribute__((constructor)) static void look(void) {
  const char* server = getenv("MPM_LATE_IN");
  concerned = server && !strcmp(program_invocation_short_name, server);
}

static unsigned draw(unsigned below) {
  struct timespec now;
  if (!chance) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    chance = (unsigned)now.tv_nsec ^ (unsigned)(size_t)&chance;
  }
  chance = chance * 1103515245u + 12345u;
  return (chance >> 16) % below;
}

/* Sleeps in so many of 1000 calls, for at most so many milliseconds. */
static void dawdle(unsigned often, unsigned longest) {
  const int before = errno;
  struct timespec left = {0, 0};
  if (!concerned || draw(1000) >= often) return;
  left.tv_nsec = (long)(1 + draw(longest)) * 1000000L;
  while (nanosleep(&left, &left) && errno == EINTR) continue;
  errno = before;
}

/* The next definition of a function, looked up once. */
#define REAL(name)                                                                                       \
  ({                                                                                                     \
    static __typeof__(&name) real;                                                                       \
    __typeof__(&name) it = __atomic_load_n(&real, __ATOMIC_RELAXED);                                     \
    if (!it) __atomic_store_n(&real, it = (__typeof__(&name))dlsym(RTLD_NEXT, #name), __ATOMIC_RELAXED); \
    it;                                                                                                  \
  })

#define THEN(call, often, longest)      \
  ({                                    \
    const __typeof__(call) done = call; \
    dawdle(often, longest);             \
    done;                               \
  })

pid_t fork(void) { return THEN(REAL(fork)(), 500, 300); }

pid_t waitpid(pid_t pid, int* status, int options) {
  return THEN(REAL(waitpid)(pid, status, options), 50, 100);
}

int kill(pid_t pid, int number) { return THEN(REAL(kill)(pid, number), 200, 200); }

struct beginning {
  void* (*body)(void*);
  void* with;
};

static void* begin_late(void* what) {
  const struct beginning it = *(struct beginning*)what;
  free(what);
  dawdle(300, 150);
  return it.body(it.with);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* with) {
  struct beginning* const it = malloc(sizeof(*it));
  int result = EAGAIN;
  if (!it) return result;
  *it = (struct beginning){body, with};
  result = REAL(pthread_create)(thread, attributes, begin_late, it);
  if (result) free(it);
  dawdle(50, 100);
  return result;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  dawdle(1, 20);
  return REAL(pthread_mutex_lock)(mutex);
}

int accept4(int fd, struct sockaddr* address, socklen_t* size, int flags) {
  return THEN(REAL(accept4)(fd, address, size, flags), 50, 50);
}

int epoll_wait(int set, struct epoll_event* events, int room, int timeout) {
  return THEN(REAL(epoll_wait)(set, events, room, timeout), 20, 100);
}

int epoll_ctl(int set, int operation, int fd, struct epoll_event* event) {
  return THEN(REAL(epoll_ctl)(set, operation, fd, event), 20, 50);
}

ssize_t read(int fd, void* into, size_t size) { return THEN(REAL(read)(fd, into, size), 20, 50); }

ssize_t write(int fd, const void* from, size_t size) { return THEN(REAL(write)(fd, from, size), 20, 50); }

ssize_t writev(int fd, const struct iovec* parts, int number) {
  return THEN(REAL(writev)(fd, parts, number), 20, 50);
}

int shutdown(int fd, int how) { return THEN(REAL(shutdown)(fd, how), 100, 100); }
