#include "apr/pool_cache.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <apr_allocator.h>

namespace mpm::apr {

namespace {

constexpr apr_size_t block = 8192;  ///< what a pool takes at first (apr_pools.c)

/// An allocator that any thread may use, or nothing when memory is short. It ends with `parent`: after the
/// pools that were made from it.
apr_allocator_t* shared_allocator(apr_pool_t* parent, std::uint32_t max_free) noexcept {
  apr_allocator_t* allocator = nullptr;
  apr_thread_mutex_t* lock = nullptr;
  apr_pool_t* owner = nullptr;
  if (apr_allocator_create(&allocator) != APR_SUCCESS ||
      apr_pool_create_ex(&owner, parent, nullptr, allocator) != APR_SUCCESS ||
      apr_thread_mutex_create(&lock, APR_THREAD_MUTEX_DEFAULT, owner) != APR_SUCCESS) {
    return nullptr;
  }
  apr_pool_tag(owner, "transaction_allocator");
  apr_allocator_max_free_set(allocator, max_free);
  apr_allocator_mutex_set(allocator, lock);
  apr_allocator_owner_set(allocator, owner);
  return allocator;
}

std::size_t size_of(const apr_memnode_t& node) noexcept {
  return static_cast<std::size_t>(node.endp - reinterpret_cast<const char*>(&node));
}

/// Keeps the blocks that were given back last out of reach while this lives, for requests: they are resident
/// as a whole, while a connection's own pool, which is made meanwhile, touches less than half of its block
/// and has it for as long as it idles (docs/adr/0011).
class HeldBack {
 public:
  explicit HeldBack(apr_allocator_t* allocator) noexcept : allocator_(allocator) {
    for (apr_memnode_t*& node : nodes_) node = apr_allocator_alloc(allocator, block - APR_MEMNODE_T_SIZE);
    give_one_back();
  }
  ~HeldBack() {
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) give_back(*node);
  }
  HeldBack(const HeldBack&) = delete;
  HeldBack& operator=(const HeldBack&) = delete;

 private:
  /// For the pool. An allocator without a block of this size parts with a larger one: not that, if there is
  /// another.
  void give_one_back() noexcept {
    const auto fits = [](const apr_memnode_t* node) { return node && size_of(*node) == block; };
    const auto node = std::find_if(nodes_.rbegin(), nodes_.rend(), fits);
    if (node != nodes_.rend()) give_back(*node);
  }
  void give_back(apr_memnode_t*& node) noexcept {
    if (node) apr_allocator_free(allocator_, node);
    node = nullptr;
  }

  apr_allocator_t* allocator_;
  std::array<apr_memnode_t*, 5> nodes_;  // four, and one for the pool: ADR 11
};

/// A pool for as long as a connection lasts, or null when memory is short. The connection keeps its block
/// while it is idle, and uses less than half of it.
apr_pool_t* lasting_pool(apr_pool_t* parent, apr_allocator_t* allocator) noexcept {
  const HeldBack of_requests(allocator);
  apr_pool_t* made = nullptr;
  const apr_status_t status = apr_pool_create_ex(&made, parent, nullptr, allocator);
  return status == APR_SUCCESS ? made : nullptr;
}

apr_status_t end_buckets(void* buckets) noexcept {
  apr_bucket_alloc_destroy(static_cast<apr_bucket_alloc_t*>(buckets));
  return APR_SUCCESS;
}

}  // namespace

PoolCache::PoolCache(apr_pool_t* parent, std::uint32_t max_free) noexcept {
  for (Source& source : sources_) {
    const std::uint32_t each = max_free / parts_of_max_free;
    source = {.pools = shared_allocator(parent, each), .buckets = shared_allocator(parent, each)};
    usable_ = usable_ && source.pools && source.buckets;
  }
  parent_ = Pool::below(parent, "transactions");
  usable_ = usable_ && parent_;
}

ConnectionMemory PoolCache::transaction() noexcept {
  if (spare_) return std::exchange(spare_, ConnectionMemory{});
  // Round robin spreads the locks; which allocator a connection gets does not matter otherwise.
  const Source& source = sources_[next_++ % count];
  apr_pool_t* const raw = lasting_pool(parent_.get(), source.pools);
  if (!raw) return {};
  apr_pool_tag(raw, "transaction");
  Pool pool(raw);
  // By itself, apr_bucket_alloc_create() would take the pool's allocator.
  apr_bucket_alloc_t* const buckets = apr_bucket_alloc_create_ex(source.buckets);
  if (!buckets) return {};
  apr_pool_cleanup_register(raw, buckets, &end_buckets, &apr_pool_cleanup_null);
  return {.pool = std::move(pool), .buckets = buckets};
}

}  // namespace mpm::apr
