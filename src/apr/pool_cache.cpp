#include "apr/pool_cache.hpp"

#include <apr_allocator.h>

namespace mpm::apr {

PoolCache::PoolCache(apr_pool_t* parent, std::uint32_t max_free) noexcept : parent_(parent) {
  for (apr_allocator_t*& allocator : allocators_) {
    apr_thread_mutex_t* lock = nullptr;
    apr_pool_t* owner = nullptr;
    if (apr_allocator_create(&allocator) != APR_SUCCESS ||
        apr_pool_create_ex(&owner, parent, nullptr, allocator) != APR_SUCCESS ||
        apr_thread_mutex_create(&lock, APR_THREAD_MUTEX_DEFAULT, owner) != APR_SUCCESS) {
      usable_ = false;
      return;
    }
    apr_pool_tag(owner, "transactions");
    apr_allocator_max_free_set(allocator, max_free);
    apr_allocator_mutex_set(allocator, lock);
    // The owner goes last of the pools of this allocator: they are made below `parent` after it.
    apr_allocator_owner_set(allocator, owner);
  }
}

Pool PoolCache::transaction() noexcept {
  // Round robin spreads the locks; which allocator a connection gets does not matter otherwise.
  apr_allocator_t* const allocator = allocators_[next_.fetch_add(1, std::memory_order_relaxed) % count];
  apr_pool_t* raw = nullptr;
  if (apr_pool_create_ex(&raw, parent_, nullptr, allocator) != APR_SUCCESS) return Pool{};
  apr_pool_tag(raw, "transaction");
  return Pool(raw);
}

}  // namespace mpm::apr
