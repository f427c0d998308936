#include "mpm/policy/limits.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace mpm {
namespace {

int at_most(int bound, int asked, Correction kind, Adjustments& told) noexcept {
  if (asked <= bound) return asked;
  told.add({.kind = kind, .asked = asked, .bound = bound, .allowed = bound});
  return bound;
}

int at_least(int bound, int asked, Correction kind, Adjustments& told) noexcept {
  if (asked >= bound) return asked;
  told.add({.kind = kind, .asked = asked, .bound = bound, .allowed = bound});
  return bound;
}

/// The first value wins; `first` becomes it the first time.
int as_pinned(int asked, int& first, Correction kind, Adjustments& told) noexcept {
  if (first == 0) first = asked;
  if (asked != first) told.add({.kind = kind, .asked = asked, .bound = first, .allowed = first});
  return first;
}

/// Makes MaxRequestWorkers a number of whole children, no more of them than the scoreboard holds.
void settle_workers(int asked, Limits& limits, Adjustments& told) noexcept {
  using enum Correction;
  const int threads = limits.threads_per_child;
  const int wanted = at_least(threads, asked, MaxRequestWorkersBelowThreadsPerChild, told);
  const int children = wanted / threads;
  limits.max_workers = children * threads;
  if (limits.max_workers != wanted) {
    told.add({.kind = MaxRequestWorkersNotAMultiple,
              .asked = wanted,
              .bound = threads,
              .allowed = limits.max_workers,
              .children = children});
  }
  if (children > limits.server_limit) {
    told.add({.kind = MaxRequestWorkersAboveServerLimit,
              .asked = limits.max_workers,
              .bound = limits.server_limit,
              .allowed = limits.server_limit * threads,
              .children = children});
  }
  limits.active_children_limit = std::min(children, limits.server_limit);
}

int saturated(std::int64_t number) noexcept {
  return static_cast<int>(std::min<std::int64_t>(number, std::numeric_limits<int>::max()));
}

}  // namespace

Enforced enforce(const Directives& asked, const Pinned& pinned) noexcept {
  Enforced result{.limits = {}, .pinned = pinned, .adjustments = {}};
  auto& [limits, first, told] = result;
  using enum Correction;

  limits.server_limit = at_most(max_server_limit, asked.server_limit, ServerLimitAboveCap, told);
  limits.server_limit = at_least(1, limits.server_limit, ServerLimitBelowOne, told);
  limits.server_limit = as_pinned(limits.server_limit, first.server_limit, ServerLimitPinned, told);

  limits.thread_limit = at_most(max_thread_limit, asked.thread_limit, ThreadLimitAboveCap, told);
  limits.thread_limit = at_least(1, limits.thread_limit, ThreadLimitBelowOne, told);
  limits.thread_limit = as_pinned(limits.thread_limit, first.thread_limit, ThreadLimitPinned, told);

  limits.threads_per_child =
      at_most(limits.thread_limit, asked.threads_per_child, ThreadsPerChildAboveThreadLimit, told);
  limits.threads_per_child = at_least(1, limits.threads_per_child, ThreadsPerChildBelowOne, told);

  settle_workers(asked.max_request_workers, limits, told);

  limits.start_servers = at_least(1, asked.start_servers, StartServersBelowOne, told);
  limits.min_spare_threads = at_least(1, asked.min_spare_threads, MinSpareThreadsBelowOne, told);
  limits.max_spare_threads = asked.max_spare_threads;
  limits.per_idle = asked.async_request_worker_factor;
  return result;
}

Limits fit_to_buckets(Limits limits, int buckets) noexcept {
  const std::int64_t threads = limits.threads_per_child;
  limits.active_children_limit = std::max(limits.active_children_limit, buckets);
  limits.start_servers = std::clamp(limits.start_servers, buckets, limits.active_children_limit);
  limits.min_spare_threads = std::max(limits.min_spare_threads, saturated(threads * (buckets - 1) + buckets));
  limits.max_spare_threads =
      std::max(limits.max_spare_threads, saturated(limits.min_spare_threads + (threads + 1) * buckets));
  return limits;
}

}  // namespace mpm
