#pragma once

#include "httpd/pipe_of_death.hpp"
#include "httpd/retained.hpp"
#include "mpm/base/status.hpp"

#include <vector>

#include <httpd.h>

#include <ap_listen.h>

namespace mpm::httpd {

/// The listener buckets (ListenCoresBucketsRatio): each has its own listening sockets for all addresses, and
/// its own pipe of death; a child belongs to one. Opened before a configuration runs; the pipes are closed
/// with it. Control process; a child inherits a copy and keeps one bucket of it.
class ListenerBuckets {
 public:
  ListenerBuckets() = default;
  ListenerBuckets(const ListenerBuckets&) = delete;
  ListenerBuckets& operator=(const ListenerBuckets&) = delete;
  ~ListenerBuckets();

  enum class Spread {
    OneBucket,     ///< -X
    AsConfigured,  ///< as many as the ratio and the number of cores say
    AsBefore,      ///< after a graceful restart: as many as the old children use, with the same sockets
  };
  /// httpd's own list (ap_listeners) must be open. The sockets of the other buckets live in pconf. There will
  /// be `children` at most, and no more buckets than that: clients of one without a child would wait for
  /// ever.
  [[nodiscard]] Status open_sockets(apr_pool_t* pconf, Retained& retained, Spread spread,
                                    int children) noexcept;
  [[nodiscard]] Status open_pods() noexcept;

  [[nodiscard]] int buckets() const noexcept { return static_cast<int>(buckets_.size()); }
  [[nodiscard]] ap_listen_rec* records(int bucket) const noexcept { return at(bucket).records; }
  [[nodiscard]] PipeOfDeath& pod(int bucket) noexcept { return at(bucket).pod; }

  /// To the next configuration (see inheritance.hpp).
  void bequeath_sockets(Retained& retained, apr_pool_t* plog) const noexcept;
  /// To the next configuration, which asks their children to leave.
  void bequeath_pipes(Retained& retained, apr_pool_t* plog) const noexcept;

  /// In a child: closes what belongs to other buckets or to the control process.
  void keep_only(int bucket) noexcept;
  /// In the control process, for good: no more connections.
  void close_sockets() noexcept;

 private:
  struct Bucket {
    ap_listen_rec* records = nullptr;
    PipeOfDeath pod;
  };
  [[nodiscard]] Status open_bucket(apr_pool_t* pconf, Retained& retained, int bucket) noexcept;
  [[nodiscard]] Status show_to_httpd(apr_pool_t* pconf) const noexcept;
  [[nodiscard]] const Bucket& at(int bucket) const noexcept {
    return buckets_[static_cast<std::size_t>(bucket)];
  }
  [[nodiscard]] Bucket& at(int bucket) noexcept { return buckets_[static_cast<std::size_t>(bucket)]; }

  std::vector<Bucket> buckets_;
};

}  // namespace mpm::httpd
