#pragma once

#include "apr/pool.hpp"
#include "mpm/ports/poller.hpp"

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <apr_poll.h>

namespace mpm::apr {

/// A socket with the record that the pollset keeps a pointer to while it is watched (APR_POLLSET_NOCOPY), and
/// that apr_pollset_poll() reads without a lock.
class PollableSocket final : public Watched {
 public:
  explicit PollableSocket(apr_socket_t* socket) noexcept {
    record_.desc_type = APR_POLL_SOCKET;
    record_.desc.s = socket;
  }

 private:
  friend class Pollset;
  apr_pollfd_t record_{};
};

/// A threadsafe, wakeable apr_pollset: epoll, kqueue or event ports (poll(2) where there is none of them).
class Pollset final : public Poller {
 public:
  /// A pollset of `size` sockets, in a pool of its own below `pool`: kqueue and event ports allocate in
  /// watch(), on whichever thread that is. The backends that grow by themselves take `size` as how many ready
  /// sockets one wait may report. Null with the reason in `why` if there is none that is threadsafe and
  /// wakeable.
  static std::optional<Pollset> open(apr_pool_t* pool, std::uint32_t size, apr_status_t& why) noexcept;

  Pollset(Pollset&& other) noexcept = default;
  Pollset& operator=(Pollset&&) = delete;
  Pollset(const Pollset&) = delete;
  Pollset& operator=(const Pollset&) = delete;
  ~Pollset() = default;

  [[nodiscard]] const char* method() const noexcept { return apr_pollset_method_name(raw_); }

  Status watch(Watched& socket, Sense sense) noexcept override;
  Status forget(Watched& socket) noexcept override;
  Found wait(const OnListener& here, std::optional<std::chrono::milliseconds> longest) noexcept override;
  [[nodiscard]] bool is_ready(const Watched& socket) const noexcept override;
  void wake() noexcept override { apr_pollset_wakeup(raw_); }

 private:
  Pollset(Pool own, apr_pollset_t* raw) noexcept : own_(std::move(own)), raw_(raw) {}

  Pool own_;
  apr_pollset_t* raw_;  // own_ owns it
  std::vector<Watched*> ready_;
};

}  // namespace mpm::apr
