#pragma once

#include "mpm/policy/bulk.hpp"

#include <atomic>
#include <cstddef>

#include <httpd.h>

#include <pthread.h>
#include <util_filter.h>

namespace mpm::httpd {

/// The output filter above all others of its connection: keeps what is left of a large file, and
/// hands it down a piece at a time, as the client reads. httpd's own filters would read the file as a whole
/// and then wait for the client in the worker, unless they can leave it to sendfile(2). Everything else
/// passes as it comes, and so does all that a module passes while it has suspended the connection: nobody
/// would feed the rest.
///
/// Lives in the connection's pool. Used by the connection's holder, or the module that has suspended it.
class BulkOutput {
 public:
  /// `pool` is the connection's.
  explicit BulkOutput(apr_pool_t* pool) noexcept : pool_(pool) {}
  BulkOutput(const BulkOutput&) = delete;
  BulkOutput& operator=(const BulkOutput&) = delete;
  ~BulkOutput() = default;

  /// Once for each loading of this module, when hooks are registered.
  static void register_filter() noexcept;

  /// Puts the filter into the chain of a connection that serves clients, if it has a chain.
  void join(conn_rec* c) noexcept;

  /// From here on, what this thread passes may be kept: it will see to it that feed() is called. A handler
  /// may have suspended its connection before end_keeping(), so others may pass something too.
  void begin_keeping() noexcept { keeper_.store(::pthread_self(), std::memory_order_relaxed); }
  void end_keeping() noexcept { keeper_.store(pthread_t{}, std::memory_order_relaxed); }

  /// Is something left to be fed? The filters below do not know of it.
  [[nodiscard]] bool holds() const noexcept { return held_ && !APR_BRIGADE_EMPTY(held_); }
  /// Hands pieces down until nothing is left or a filter below has something that the client has not taken;
  /// in that case the connection's data_in_output_filters is set. Otherwise the error of a filter below.
  apr_status_t feed() noexcept;

 private:
  static apr_status_t filter(ap_filter_t* self, apr_bucket_brigade* passing);

  apr_status_t pass(apr_bucket_brigade* passing) noexcept;
  [[nodiscard]] BrigadeSummary look_at(apr_bucket_brigade* passing) const noexcept;
  /// What the filters below do with bytes: pass them on as they are, or change them, as TLS does.
  enum class Below { PassesOn, Changes };
  [[nodiscard]] Below below() const noexcept;
  [[nodiscard]] bool is_bulk(const apr_bucket* bucket) const noexcept;
  [[nodiscard]] bool keeps(const BrigadeSummary& what) const noexcept;
  void make_room() noexcept;
  /// False if something could not be kept: nothing is held then, all of it is in `passing`.
  [[nodiscard]] bool hold(apr_bucket_brigade* passing) noexcept;
  /// As feed(), for a response of which nothing has been handed down.
  apr_status_t begin() noexcept;
  // Each hands something down, at most as much as there is room for, and returns the answer from below.
  apr_status_t hand_down_first_piece() noexcept;
  apr_status_t hand_down_piece() noexcept;
  apr_status_t hand_down_mapped(std::size_t room) noexcept;
  apr_status_t hand_down_read(std::size_t room) noexcept;
  apr_status_t hand_down() noexcept;
  void let_go() noexcept;
  /// Lets go; returns the error.
  apr_status_t fail(apr_status_t error) noexcept;

  apr_pool_t* const pool_;
  ap_filter_t* filter_ = nullptr;
  std::atomic<pthread_t> keeper_{};  // each thread only looks for itself here
  // All three, once there has been something to hold.
  apr_pool_t* keeping_ = nullptr;        // what is held lives there
  apr_bucket_brigade* held_ = nullptr;   // the rest of responses, in their order
  apr_bucket_brigade* piece_ = nullptr;  // empty but while it is handed down
};

}  // namespace mpm::httpd
