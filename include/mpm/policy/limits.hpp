#pragma once

#include "mpm/policy/number.hpp"

#include <array>
#include <cstddef>

namespace mpm {

/// What ServerLimit and ThreadLimit cannot exceed, so that a typing error asks for no monstrous scoreboard.
/// Stock's compile-time caps.
inline constexpr int max_server_limit = 20000;
inline constexpr int max_thread_limit = 100000;

/// What the configuration asked for. The defaults are stock's; MaxRequestWorkers is a plain 400 when it is
/// not set, whatever ThreadsPerChild says.
struct Directives {
  int start_servers = 3;
  int server_limit = 16;
  int min_spare_threads = 75;
  int max_spare_threads = 250;
  int max_request_workers = 400;
  int threads_per_child = 25;
  int thread_limit = 64;
  Factor async_request_worker_factor{};

  friend constexpr bool operator==(const Directives&, const Directives&) = default;
};

/// What is allowed: consistent numbers that the server can run with. The defaults are those of
/// enforce(Directives{}).
struct Limits {
  /// Scoreboard slots for children, and for the threads of each. Constant for the life of the server.
  int server_limit = 16;
  int thread_limit = 64;

  int threads_per_child = 25;

  /// A multiple of threads_per_child. When ServerLimit is the tighter bound, this stays at what
  /// MaxRequestWorkers asked and only active_children_limit falls: as with stock, a server that is then full
  /// has not reached MaxRequestWorkers (AH00484), which would be the wrong one to raise. That ServerLimit is
  /// too low is said when the configuration is read.
  int max_workers = 400;

  /// Children that may serve at the same time; finishing ones are not counted.
  int active_children_limit = 16;

  int start_servers = 3;
  int min_spare_threads = 75;
  int max_spare_threads = 250;

  /// Connections beyond threads_per_child that a child accepts for each idle worker.
  Factor per_idle{};

  friend constexpr bool operator==(const Limits&, const Limits&) = default;
};

/// The first limits this server ran with. The scoreboard has their size, so they last until it ends. Plain
/// data, kept across reloads; 0, as in memory that was never written, is "none yet" (a limit is at least 1).
struct Pinned {
  int server_limit = 0;
  int thread_limit = 0;

  friend constexpr bool operator==(const Pinned&, const Pinned&) = default;
};

/// The ways in which enforce() corrects what was asked, in the order in which it looks.
enum class Correction {
  ServerLimitAboveCap,
  ServerLimitBelowOne,
  ServerLimitPinned,
  ThreadLimitAboveCap,
  ThreadLimitBelowOne,
  ThreadLimitPinned,
  ThreadsPerChildAboveThreadLimit,
  ThreadsPerChildBelowOne,
  MaxRequestWorkersBelowThreadsPerChild,
  MaxRequestWorkersNotAMultiple,
  MaxRequestWorkersAboveServerLimit,
  StartServersBelowOne,
  MinSpareThreadsBelowOne,
};
inline constexpr std::size_t correction_kinds = 13;

/// One correction with the figures that explain it.
struct Adjustment {
  Correction kind{};
  int asked = 0;
  int bound =
      0;  ///< the number `asked` does not agree with: a cap, a limit, ThreadsPerChild, the pinned value, 1
  int allowed = 0;
  int children =
      0;  ///< MaxRequestWorkers…NotAMultiple and …AboveServerLimit: the children that `asked` amounts to

  friend constexpr bool operator==(const Adjustment&, const Adjustment&) = default;
};

/// The corrections of one enforce(), in order; each kind at most once, so nothing is ever dropped.
class Adjustments {
 public:
  using value_type = Adjustment;
  using const_iterator = const Adjustment*;

  void add(const Adjustment& adjustment) noexcept { list_[count_++] = adjustment; }

  [[nodiscard]] const_iterator begin() const noexcept { return list_.data(); }
  [[nodiscard]] const_iterator end() const noexcept { return list_.data() + count_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

 private:
  std::array<Adjustment, correction_kinds> list_{};
  std::size_t count_ = 0;
};

struct Enforced {
  Limits limits;
  Pinned pinned;  ///< to be kept for the next time
  Adjustments adjustments;
};

/// Corrects what was asked into what is allowed. MaxSpareThreads and the upper end of StartServers depend on
/// the listener buckets and are left to fit_to_buckets(). Pure; any thread.
[[nodiscard]] Enforced enforce(const Directives& asked, const Pinned& pinned) noexcept;

/// What a server with `buckets` (at least 1) listener buckets needs: a child in each, an idle thread in each
/// besides, and room to have one child more in each before one is retired. Told to nobody, as with stock,
/// because the number of buckets follows the machine. To be applied once, when the server starts to run.
/// Pure; any thread.
[[nodiscard]] Limits fit_to_buckets(Limits limits, int buckets) noexcept;

}  // namespace mpm
