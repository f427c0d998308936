#pragma once

#include <gtest/gtest.h>

#include <apr_general.h>
#include <apr_pools.h>

namespace mpm::apr {

/// APR, initialised, and a pool that ends with the test.
class AprWorld : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { apr_initialize(); }
  static void TearDownTestSuite() { apr_terminate(); }

  AprWorld() { apr_pool_create(&pool_, nullptr); }
  ~AprWorld() override { apr_pool_destroy(pool_); }

  apr_pool_t* pool_ = nullptr;
};

/// Counts how often pools have ended, by their cleanups.
class Ends {
 public:
  void follow(apr_pool_t* pool) {
    apr_pool_cleanup_register(
        pool, this,
        [](void* self) -> apr_status_t {
          ++static_cast<Ends*>(self)->count_;
          return APR_SUCCESS;
        },
        apr_pool_cleanup_null);
  }
  [[nodiscard]] int count() const noexcept { return count_; }

 private:
  int count_ = 0;
};

}  // namespace mpm::apr
