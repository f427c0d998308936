#pragma once

#include "apr/connection_memory.hpp"
#include "apr/pool.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <apr_pools.h>
#include <apr_thread_mutex.h>

namespace mpm::apr {

/// Makes the pools of connections, and the memory of their buckets. They share a few allocators, each under a
/// lock of its own, so that a block one connection gave back serves the next: with an allocator per
/// connection, each idle one would sit on the free blocks of its last request.
///
/// Buckets have allocators of their own. A pool fills its blocks of 8 kB, so whoever gets one next holds all
/// of it in memory; of a block for buckets a small request touches the first page only, and that is what an
/// idle connection then holds.
class PoolCache {
 public:
  /// `max_free`: bytes that an allocator may hold without giving them back (MaxMemFree; 0 for no bound). As
  /// the connections share them, each is content with a part of it.
  PoolCache(apr_pool_t* parent, std::uint32_t max_free) noexcept;
  PoolCache(const PoolCache&) = delete;
  PoolCache& operator=(const PoolCache&) = delete;
  ~PoolCache() = default;

  /// False if an allocator could not be made: the child cannot work.
  [[nodiscard]] bool usable() const noexcept { return usable_; }

  /// For one connection, or nothing when memory is short. Any thread may destroy the pool. Listener thread.
  [[nodiscard]] ConnectionMemory transaction() noexcept;
  /// Takes back what was not used, for the next connection. Listener thread.
  void give_back(ConnectionMemory unused) noexcept { spare_ = std::move(unused); }

 private:
  static constexpr std::size_t count = 8;
  static constexpr std::uint32_t parts_of_max_free = 8;  // measured: ADR 11

  struct Source {
    apr_allocator_t* pools = nullptr;
    apr_allocator_t* buckets = nullptr;
  };

  std::array<Source, count> sources_{};
  std::size_t next_ = 0;
  bool usable_ = true;
  Pool parent_;
  ConnectionMemory spare_;
};

}  // namespace mpm::apr
