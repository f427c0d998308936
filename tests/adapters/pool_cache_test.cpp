#include "apr/pool_cache.hpp"

#include "adapters/apr_world.hpp"

#include <array>
#include <cstddef>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace mpm::apr {
namespace {

using ::testing::IsSubsetOf;

constexpr std::size_t request_memory = std::size_t{64} * 1024;

class PoolCacheTest : public AprWorld {
 protected:
  /// Where so many connections, one after the other, find the memory for a request.
  std::set<void*> places(int connections) {
    std::set<void*> found;
    for (int n = 0; n < connections; ++n) {
      const ConnectionMemory memory = cache_.transaction();
      found.insert(apr_palloc(memory.pool.get(), request_memory));
    }
    return found;
  }

  /// A connection with the same allocator.
  ConnectionMemory another_like(const ConnectionMemory& one) {
    apr_allocator_t* const allocator = apr_pool_allocator_get(one.pool.get());
    ConnectionMemory another = cache_.transaction();
    while (apr_pool_allocator_get(another.pool.get()) != allocator) another = cache_.transaction();
    return another;
  }

  PoolCache cache_{pool_, 0};
};

TEST_F(PoolCacheTest, IsUsable) {
  EXPECT_TRUE(cache_.usable());
  const ConnectionMemory memory = cache_.transaction();
  EXPECT_TRUE(memory);
  EXPECT_NE(memory.buckets, nullptr);
}

TEST_F(PoolCacheTest, ServesTheNextConnectionsFromWhatTheFormerGaveBack) {
  constexpr int enough_to_meet_every_allocator = 64;
  const std::set<void*> former = places(enough_to_meet_every_allocator);
  EXPECT_LT(former.size(), enough_to_meet_every_allocator);
  EXPECT_THAT(places(enough_to_meet_every_allocator), IsSubsetOf(former));
}

// What a request has filled is in memory as a whole, and would stay there with an idle connection.
TEST_F(PoolCacheTest, TakesNoBlockForBucketsThatAPoolHasFilled) {
  constexpr std::ptrdiff_t a_block = 8000;
  std::vector<const void*> filled;
  {
    std::vector<ConnectionMemory> former;
    for (int n = 0; n < 64; ++n) {
      former.push_back(cache_.transaction());
      filled.push_back(
          apr_palloc(former.back().pool.get(), std::size_t{a_block / 2}));  // in a block of that size
    }
  }
  for (int n = 0; n < 64; ++n) {
    const ConnectionMemory memory = cache_.transaction();
    const auto* const begin =
        reinterpret_cast<const char*>(memory.buckets);  // it lies in its own first block
    for (const void* const place : filled) EXPECT_FALSE(begin <= place && place < begin + a_block);
  }
}

// Likewise: the next request has them, and not the connection.
TEST_F(PoolCacheTest, LeavesTheBlocksThatARequestHasFilledToTheNextRequest) {
  const ConnectionMemory idle = cache_.transaction();
  std::set<const void*> filled;
  {
    const Pool request = Pool::below(idle.pool.get(), "request");
    filled = {request.get(), apr_palloc(request.get(), 8000), apr_palloc(request.get(), 8000)};
  }
  const ConnectionMemory next = another_like(idle);
  EXPECT_FALSE(filled.contains(next.pool.get()));
  EXPECT_TRUE(filled.contains(Pool::below(next.pool.get(), "request").get()));
}

// An allocator without a block of 8 kB would part with one of a request's larger ones.
TEST_F(PoolCacheTest, TakesNoBlockThatIsLargerThanAConnectionNeeds) {
  const ConnectionMemory idle = cache_.transaction();
  const char* large = nullptr;
  {
    const Pool request = Pool::below(idle.pool.get(), "request");
    large = static_cast<const char*>(apr_palloc(request.get(), request_memory));
  }
  std::vector<ConnectionMemory> others;
  for (int n = 0; n < 10; ++n) {
    others.push_back(another_like(idle));
    const auto* const place = reinterpret_cast<const char*>(others.back().pool.get());
    EXPECT_FALSE(large <= place && place < large + request_memory) << "of connection " << n;
  }
}

// Memory that has been given back to the kernel comes again as zeros.
TEST_F(PoolCacheTest, KeepsAnEighthOfMaxMemFreeInEachAllocator) {
  constexpr std::uint32_t a_block = 8192;
  PoolCache bounded(pool_, 8 * a_block);
  const ConnectionMemory memory = bounded.transaction();
  apr_allocator_t* const allocator = apr_pool_allocator_get(memory.pool.get());
  int kept = 0;
  for (int round = 0; round < 2; ++round) {
    std::array<apr_memnode_t*, 4> blocks{};
    for (apr_memnode_t*& block : blocks) {
      block = apr_allocator_alloc(allocator, a_block - APR_MEMNODE_T_SIZE);
      kept += *block->first_avail == 'x' ? 1 : 0;
      *block->first_avail = 'x';
    }
    for (apr_memnode_t* const block : blocks) apr_allocator_free(allocator, block);
  }
  EXPECT_EQ(kept, 1);
}

TEST_F(PoolCacheTest, HandsOutFirstWhatWasNotUsed) {
  ConnectionMemory unused = cache_.transaction();
  apr_pool_t* const raw = unused.pool.get();
  cache_.give_back(std::move(unused));
  EXPECT_EQ(cache_.transaction().pool.get(), raw);
  EXPECT_NE(cache_.transaction().pool.get(), nullptr);
}

TEST_F(PoolCacheTest, LetsEveryThreadAllocateFromAndDestroyItsOwn) {
  constexpr std::size_t workers = 4;
  constexpr std::size_t connections = 400;
  std::array<std::vector<Pool>, workers> held;
  for (std::size_t n = 0; n < connections; ++n) held[n % workers].push_back(cache_.transaction().pool);
  std::vector<std::thread> threads;
  threads.reserve(workers);
  for (std::vector<Pool>& mine : held) {
    threads.emplace_back([&mine] {
      for (Pool& pool : mine) {
        auto* const bytes = static_cast<char*>(apr_pcalloc(pool.get(), request_memory));
        bytes[request_memory - 1] = 'x';
        pool = Pool{};
      }
    });
  }
  // The end of the cache would abort in APR's debug build, and under ASan here, if a list were torn.
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mpm::apr
