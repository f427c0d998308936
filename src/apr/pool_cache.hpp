#pragma once

#include "apr/pool.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <apr_pools.h>
#include <apr_thread_mutex.h>

namespace mpm::apr {

/// Makes the pools of connections. They share a few allocators, each under a lock of its own, so that a block
/// one connection gave back serves the next: with an allocator per connection, each idle one would sit on the
/// free blocks of its last request.
class PoolCache {
 public:
  /// `max_free`: bytes an allocator may hold without giving them back (MaxMemFree; 0 for no bound).
  PoolCache(apr_pool_t* parent, std::uint32_t max_free) noexcept;
  PoolCache(const PoolCache&) = delete;
  PoolCache& operator=(const PoolCache&) = delete;
  ~PoolCache() = default;

  /// False if an allocator could not be made: the child cannot work.
  [[nodiscard]] bool usable() const noexcept { return usable_; }

  /// A pool for one connection, or an empty one when memory is short. Any thread may destroy it. Listener
  /// thread.
  [[nodiscard]] Pool transaction() noexcept;
  /// Takes back a pool that was not used, for the next connection. Listener thread.
  void give_back(Pool unused) noexcept { spare_ = std::move(unused); }

  /// Destroys the pools that are left: the connections that a module still holds end here. No other thread
  /// may be left; transaction() must not be called any more.
  void end_all() noexcept;

 private:
  static constexpr std::size_t count = 8;

  std::array<apr_allocator_t*, count> allocators_{};
  std::size_t next_ = 0;
  bool usable_ = true;
  Pool parent_;
  Pool spare_;
};

}  // namespace mpm::apr
