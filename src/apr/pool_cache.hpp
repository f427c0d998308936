#pragma once

#include "apr/pool.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <apr_pools.h>
#include <apr_thread_mutex.h>

namespace mpm::apr {

/// Makes the pools of connections. They share a few allocators, each under a lock of its own, so that a block
/// one connection gave back serves the next: with an allocator per connection, each idle one would sit on the
/// free blocks of its last request. Must outlive the pools it made.
class PoolCache {
 public:
  /// `max_free`: bytes an allocator may hold without giving them back (MaxMemFree; 0 for no bound).
  PoolCache(apr_pool_t* parent, std::uint32_t max_free) noexcept;
  PoolCache(const PoolCache&) = delete;
  PoolCache& operator=(const PoolCache&) = delete;

  /// False if an allocator could not be made: the child cannot work.
  [[nodiscard]] bool usable() const noexcept { return usable_; }

  /// Any thread. A new pool for one connection, or an empty one when memory is short.
  [[nodiscard]] Pool transaction() noexcept;

 private:
  static constexpr std::size_t count = 8;

  apr_pool_t* const parent_;
  std::array<apr_allocator_t*, count> allocators_{};
  std::atomic<std::size_t> next_{0};
  bool usable_ = true;
};

}  // namespace mpm::apr
