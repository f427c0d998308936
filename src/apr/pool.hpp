#pragma once

#include <utility>

#include <apr_pools.h>

namespace mpm::apr {

/// Owns an APR pool. Whoever holds it may use it, from one thread at a time.
class Pool {
 public:
  Pool() = default;
  /// Takes over `raw`.
  explicit Pool(apr_pool_t* raw) noexcept : raw_(raw) {}
  Pool(Pool&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Pool& operator=(Pool&& other) noexcept {
    end();
    raw_ = std::exchange(other.raw_, nullptr);
    return *this;
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { end(); }

  /// A pool below `parent`, or an empty Pool when memory is short.
  static Pool below(apr_pool_t* parent, const char* tag) noexcept {
    apr_pool_t* raw = nullptr;
    if (apr_pool_create(&raw, parent) != APR_SUCCESS) return Pool{};
    apr_pool_tag(raw, tag);
    return Pool(raw);
  }

  [[nodiscard]] explicit operator bool() const noexcept { return raw_ != nullptr; }
  [[nodiscard]] apr_pool_t* get() const noexcept { return raw_; }
  [[nodiscard]] apr_pool_t* release() noexcept { return std::exchange(raw_, nullptr); }

 private:
  void end() noexcept {
    if (apr_pool_t* const ending = std::exchange(raw_, nullptr)) apr_pool_destroy(ending);
  }

  apr_pool_t* raw_ = nullptr;
};

}  // namespace mpm::apr
