#include "apr/pool_cache.hpp"

#include <utility>

#include <apr_allocator.h>

namespace mpm::apr {

PoolCache::PoolCache(apr_pool_t* parent, std::uint32_t max_free) noexcept {
  for (apr_allocator_t*& allocator : allocators_) {
    apr_thread_mutex_t* lock = nullptr;
    apr_pool_t* owner = nullptr;
    if (apr_allocator_create(&allocator) != APR_SUCCESS ||
        apr_pool_create_ex(&owner, parent, nullptr, allocator) != APR_SUCCESS ||
        apr_thread_mutex_create(&lock, APR_THREAD_MUTEX_DEFAULT, owner) != APR_SUCCESS) {
      usable_ = false;
      return;
    }
    apr_pool_tag(owner, "transaction_allocator");
    apr_allocator_max_free_set(allocator, max_free);
    apr_allocator_mutex_set(allocator, lock);
    // The owner ends with `parent`, and the allocator with it: after the pools that were made from it.
    apr_allocator_owner_set(allocator, owner);
  }
  parent_ = Pool::below(parent, "transactions");
  usable_ = static_cast<bool>(parent_);
}

Pool PoolCache::transaction() noexcept {
  if (spare_) return std::move(spare_);
  // Round robin spreads the locks; which allocator a connection gets does not matter otherwise.
  apr_allocator_t* const allocator = allocators_[next_++ % count];
  apr_pool_t* raw = nullptr;
  if (apr_pool_create_ex(&raw, parent_.get(), nullptr, allocator) != APR_SUCCESS) return Pool{};
  apr_pool_tag(raw, "transaction");
  return Pool(raw);
}

void PoolCache::end_all() noexcept {
  spare_ = Pool{};
  parent_ = Pool{};
}

}  // namespace mpm::apr
