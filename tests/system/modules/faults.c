/*
 * Preloaded into a server: makes chosen calls fail, as the test says while the server runs (lab/faults.py).
 *
 * MPM_FAULTS names a file of records, which stays mapped in the server and in the children that it forks.
 * Programs that the server starts have no part in this.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PARENT = 1, CHILDREN = 2 };
enum kind { ANY, LISTENER, CONNECTION, PIPE, REGULAR_FILE };

struct fault {
  char call[32];
  int error; /* what the failing call says */
  int who;   /* PARENT, CHILDREN or both */
  int what;  /* the kind of its descriptor; of malloc, the smallest size */
  int skip;  /* so many calls succeed first */
  int left;  /* so many fail then; -1: all */
  int fired; /* so many have failed */
};

static struct fault* faults;
static size_t count;
static pid_t parent;

__attribute__((constructor)) static void map_faults(void) {
  const char* path = getenv("MPM_FAULTS");
  const char* server = getenv("MPM_FAULTS_IN");
  struct stat file;
  int fd;
  if (!path || !server || strcmp(program_invocation_short_name, server)) return;
  fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &file)) abort();
  parent = getpid();
  faults = mmap(NULL, (size_t)file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (faults == MAP_FAILED) abort();
  count = (size_t)file.st_size / sizeof(struct fault);
  close(fd);
}

static struct fault* fault_of(const char* call) {
  size_t i;
  for (i = 0; i < count; ++i) {
    if (!strcmp(faults[i].call, call)) return &faults[i];
  }
  return NULL;
}

static enum kind kind_of(int fd) {
  struct stat file;
  int listens = 0;
  socklen_t size = sizeof(listens);
  if (fstat(fd, &file)) return ANY;
  if (S_ISREG(file.st_mode)) return REGULAR_FILE;
  if (S_ISFIFO(file.st_mode)) return PIPE;
  if (!S_ISSOCK(file.st_mode)) return ANY;
  getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
  return listens ? LISTENER : CONNECTION;
}

/* Whether this call is to fail now; counts it, and sets errno, if so. */
static int fires(struct fault* fault) {
  int left;
  if (!(fault->who & (getpid() == parent ? PARENT : CHILDREN))) return 0;
  if (__atomic_load_n(&fault->skip, __ATOMIC_RELAXED) > 0 &&
      __atomic_fetch_sub(&fault->skip, 1, __ATOMIC_ACQ_REL) > 0) {
    return 0;
  }
  left = __atomic_load_n(&fault->left, __ATOMIC_ACQUIRE);
  do {
    if (left == 0) return 0;
  } while (left > 0 && !__atomic_compare_exchange_n(&fault->left, &left, left - 1, 0, __ATOMIC_ACQ_REL,
                                                    __ATOMIC_ACQUIRE));
  __atomic_fetch_add(&fault->fired, 1, __ATOMIC_RELAXED);
  errno = fault->error;
  return 1;
}

/* The fault of this call if there is one at present. */
static struct fault* present(const char* call) {
  struct fault* const fault = fault_of(call);
  return fault && __atomic_load_n(&fault->left, __ATOMIC_ACQUIRE) ? fault : NULL;
}

static int fails(const char* call) {
  struct fault* const fault = present(call);
  return fault && fires(fault);
}

static int fails_for(const char* call, int fd) {
  struct fault* const fault = present(call);
  const int before = errno;
  if (!fault) return 0;
  if (fault->what != ANY && fault->what != (int)kind_of(fd)) {
    errno = before;
    return 0;
  }
  return fires(fault);
}

static int fails_for_size(size_t size) {
  struct fault* const fault = present("malloc");
  return fault && size >= (size_t)fault->what && fires(fault);
}

/* The next definition of a function: libc's, or a sanitizer's. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int accept4(int fd, struct sockaddr* address, socklen_t* size, int flags) {
  return fails("accept4") ? -1 : REAL(accept4)(fd, address, size, flags);
}

int bind(int fd, const struct sockaddr* address, socklen_t size) {
  return fails("bind") ? -1 : REAL(bind)(fd, address, size);
}

int epoll_create1(int flags) { return fails("epoll_create1") ? -1 : REAL(epoll_create1)(flags); }

int epoll_ctl(int set, int operation, int fd, struct epoll_event* event) {
  return operation == EPOLL_CTL_ADD && fails_for("epoll_ctl", fd)
             ? -1
             : REAL(epoll_ctl)(set, operation, fd, event);
}

int epoll_wait(int set, struct epoll_event* events, int room, int timeout) {
  return fails("epoll_wait") ? -1 : REAL(epoll_wait)(set, events, room, timeout);
}

pid_t fork(void) { return fails("fork") ? -1 : REAL(fork)(); }

int socketpair(int family, int type, int protocol, int ends[2]) {
  return fails("socketpair") ? -1 : REAL(socketpair)(family, type, protocol, ends);
}

int pipe2(int ends[2], int flags) { return fails("pipe2") ? -1 : REAL(pipe2)(ends, flags); }

/* While the scoreboard's file is made, or a line is written to the log, the server may also send itself a
 * signal.
 */
static void raise_for(int fd) {
  struct fault* const fault = present("raise");
  const int before = errno;
  if (fault && fault->what == (int)kind_of(fd) && fires(fault)) kill(getpid(), fault->error);
  errno = before;
}

int ftruncate(int fd, off_t size) {
  struct fault* const fault = present("raise");
  if (fault && fault->what == ANY && fires(fault)) kill(getpid(), fault->error);
  return fails("ftruncate") ? -1 : REAL(ftruncate)(fd, size);
}

ssize_t read(int fd, void* into, size_t size) {
  return fails_for("read", fd) ? -1 : REAL(read)(fd, into, size);
}

ssize_t write(int fd, const void* from, size_t size) {
  raise_for(fd);
  return fails_for("write", fd) ? -1 : REAL(write)(fd, from, size);
}

ssize_t writev(int fd, const struct iovec* parts, int number) {
  raise_for(fd);
  return fails_for("write", fd) ? -1 : REAL(writev)(fd, parts, number);
}

/* No fault of waitpid(2) itself: in passing, a descriptor is closed, as by a module that closes one too many.
 */
pid_t waitpid(pid_t pid, int* status, int options) {
  struct fault* const fault = present("close");
  if (fault && fires(fault)) close(fault->error);
  return REAL(waitpid)(pid, status, options);
}

/* Memory that APR's pools are made of; thread stacks are libc's own business. */
void* mmap(void* at, size_t size, int rights, int flags, int fd, off_t offset) {
  if ((flags & MAP_ANONYMOUS) && !(flags & MAP_SHARED) && fails("mmap")) return MAP_FAILED;
  return REAL(mmap)(at, size, rights, flags, fd, offset);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* with) {
  return fails("pthread_create") ? errno : REAL(pthread_create)(thread, attributes, body, with);
}

/* dlsym(3) itself may ask for memory, so the real ones go by their other names. */
extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t number, size_t size);

void* malloc(size_t size) { return fails_for_size(size) ? NULL : __libc_malloc(size); }

void* calloc(size_t number, size_t size) {
  return fails_for_size(number * size) ? NULL : __libc_calloc(number, size);
}

/* APR's, without its headers: with it, httpd's own create_connection fails. */
int apr_socket_addr_get(void** address, int which, void* socket);

int apr_socket_addr_get(void** address, int which, void* socket) {
  return fails("apr_socket_addr_get") ? errno : REAL(apr_socket_addr_get)(address, which, socket);
}

/* APR-util's, likewise: with it, a connection gets no memory for its buckets. */
void* apr_bucket_alloc_create_ex(void* allocator);

void* apr_bucket_alloc_create_ex(void* allocator) {
  return fails("apr_bucket_alloc_create_ex") ? NULL : REAL(apr_bucket_alloc_create_ex)(allocator);
}
