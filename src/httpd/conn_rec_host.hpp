#pragma once

#include "apr/connection_memory.hpp"
#include "apr/pollset.hpp"
#include "httpd/bulk_output.hpp"
#include "httpd/connection_config.hpp"
#include "mpm/ports/connection_host.hpp"

#include <httpd.h>

#include <scoreboard.h>

namespace mpm::httpd {

/// One accepted socket and, from open() on, httpd's conn_rec for it. It lives in the connection's own pool,
/// and goes with it.
class ConnRecHost final : public ConnectionHost {
 public:
  /// Takes over `memory`, in whose pool `socket` was accepted. `thread_limit` spreads connection ids.
  static ConnRecHost& make(apr::ConnectionMemory memory, apr_socket_t* socket, int thread_limit) noexcept;

  [[nodiscard]] void* room(std::size_t size, Destroy destroy) noexcept override;
  [[nodiscard]] std::unique_ptr<Watched> watchable() noexcept override {
    return std::make_unique<apr::PollableSocket>(socket_);
  }

  Event open(const OnWorker& here, const WorkerSlot& slot) noexcept override;
  void attach(const OnWorker& here, const WorkerSlot& slot) noexcept override;
  void detach(const OnWorker& here) noexcept override;
  void unseat() noexcept override;
  [[nodiscard]] bool was_given_back(const Caller& caller) const noexcept override;
  Event process(const OnWorker& here) noexcept override;
  Event flush(const OnWorker& here) noexcept override;
  Event start_linger(const OnWorker& here, Linger& kind) noexcept override;
  Event drain(const OnWorker& here) noexcept override;
  void show(const OnWorker& here, State state) noexcept override;
  Sense sense(State state) noexcept override;
  [[nodiscard]] QueueNumber queue(State state) const noexcept override;
  [[nodiscard]] bool input_waits() const noexcept override;
  void sever() noexcept override;
  void end() noexcept override;

 private:
  ConnRecHost(apr::ConnectionMemory& memory, apr_socket_t* socket, int thread_limit) noexcept
      : pool_(memory.pool.release()),
        buckets_(memory.buckets),
        socket_(socket),
        thread_limit_(thread_limit),
        bulk_(pool_) {}

  [[nodiscard]] long id_at(const WorkerSlot& slot) const noexcept;
  void sit_down(const WorkerSlot& slot) noexcept;
  void resume(ap_sb_handle_t* scoreboard) noexcept;
  [[nodiscard]] bool has_ended_elsewhere() const noexcept;
  /// Has the kernel not taken all that has been written?
  [[nodiscard]] bool output_waits() const noexcept;
  [[nodiscard]] Event outcome(int answer) noexcept;
  [[nodiscard]] int descriptor() const noexcept;

  // APR's callbacks.
  static apr_status_t before_pool_ends(void* self) noexcept;
  static apr_status_t when_pool_ends(void* self) noexcept;

  apr_pool_t* const pool_;
  apr_bucket_alloc_t* const buckets_;
  apr_socket_t* const socket_;
  const int thread_limit_;
  conn_rec* conn_ = nullptr;
  ap_sb_handle_t* scoreboard_ = nullptr;
  ConnectionConfig config_;
  BulkOutput bulk_;
  void* made_ = nullptr;
  Destroy destroy_ = nullptr;
  std::atomic<bool> suspended_{false};  // as far as modules know
  bool waited_for_input_ = false;       // in write completion
};

}  // namespace mpm::httpd
