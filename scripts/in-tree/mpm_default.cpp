// The defaults stand in mpm/policy/limits.hpp, and mpm_default.h repeats them for C. A build that asks for others
// with -DDEFAULT_...=N ends here, rather than in a server that does not have them.

#include "mpm_default.h"

#include "mpm/policy/limits.hpp"

namespace {

constexpr mpm::Directives defaults{};

static_assert(defaults.start_servers == DEFAULT_START_DAEMON);
static_assert(defaults.threads_per_child == DEFAULT_THREADS_PER_CHILD);
static_assert(defaults.min_spare_threads == DEFAULT_MIN_FREE_DAEMON * DEFAULT_THREADS_PER_CHILD);
static_assert(defaults.max_spare_threads == DEFAULT_MAX_FREE_DAEMON * DEFAULT_THREADS_PER_CHILD);

// Names that stock's event.c lets a build define.
#ifdef DEFAULT_SERVER_LIMIT
static_assert(defaults.server_limit == DEFAULT_SERVER_LIMIT);
#endif
#ifdef MAX_SERVER_LIMIT
static_assert(mpm::max_server_limit == MAX_SERVER_LIMIT);
#endif
#ifdef DEFAULT_THREAD_LIMIT
static_assert(defaults.thread_limit == DEFAULT_THREAD_LIMIT);
#endif
#ifdef MAX_THREAD_LIMIT
static_assert(mpm::max_thread_limit == MAX_THREAD_LIMIT);
#endif

}  // namespace
