#include "front/runtime.hpp"

#include "front/directives.hpp"

#include <new>

namespace mpm::front {

constinit Runtime* runtime = nullptr;

namespace {

apr_status_t forget_runtime(void*) noexcept {
  runtime->~Runtime();
  runtime = nullptr;
  return APR_SUCCESS;
}

}  // namespace

Runtime& make_runtime(apr_pool_t* pconf) noexcept {
  runtime = ::new (apr_palloc(pconf, sizeof(Runtime))) Runtime;
  runtime->pconf = pconf;
  apr_pool_cleanup_register(pconf, nullptr, &forget_runtime, &apr_pool_cleanup_null);
  return *runtime;
}

Directives& directives_in_progress() noexcept { return runtime->directives; }

}  // namespace mpm::front
