#pragma once

#include "apr/pollset.hpp"
#include "apr/pool_cache.hpp"
#include "httpd/journal_log.hpp"
#include "mpm/ports/listen_sockets.hpp"

#include <deque>
#include <span>
#include <vector>

#include <ap_listen.h>

namespace mpm::httpd {

/// One ap_listen_rec of this child's bucket. Used by the listener thread.
class BucketListener final : public ListenSocket {
 public:
  /// What every socket of a child needs.
  struct Surroundings {
    apr::PoolCache& pools;
    JournalLog& journal;
    int thread_limit;
  };
  BucketListener(ap_listen_rec& record, const Surroundings& around) noexcept;

  [[nodiscard]] Watched& socket() noexcept override { return socket_; }
  Arrival accept(const OnListener& here) noexcept override;
  [[nodiscard]] bool somebody_waits(const OnListener& here) noexcept override;

 private:
  ap_listen_rec& record_;
  apr::PollableSocket socket_;
  Surroundings around_;
};

/// All listening sockets of this child's bucket.
class BucketListeners final : public ListenSockets {
 public:
  BucketListeners(ap_listen_rec* records, const BucketListener::Surroundings& around);
  BucketListeners(const BucketListeners&) = delete;
  BucketListeners& operator=(const BucketListeners&) = delete;
  ~BucketListeners() = default;

  [[nodiscard]] std::span<ListenSocket* const> all() noexcept override { return all_; }
  void close(const OnListener& here) noexcept override;

 private:
  ap_listen_rec* records_;
  std::deque<BucketListener> sockets_;
  std::vector<ListenSocket*> all_;
};

}  // namespace mpm::httpd
