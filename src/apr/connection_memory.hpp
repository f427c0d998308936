#pragma once

#include "apr/pool.hpp"

#include <apr_buckets.h>

namespace mpm::apr {

/// What a connection lives on: its pool, and the memory of its buckets, which ends with that pool.
struct ConnectionMemory {
  Pool pool;
  apr_bucket_alloc_t* buckets = nullptr;

  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(pool); }
};

}  // namespace mpm::apr
