#include "fuzz/numbers.hpp"

#include "mpm/policy/limits.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace mpm {
namespace {

void must(bool good, const char* otherwise) {
  if (good) return;
  std::fprintf(stderr, "%s\n", otherwise);
  std::abort();
}

/// A configuration as it may be written: one directive's value on each line, in the order of `whole`, then
/// the factor's. A value that is refused leaves the default, as an empty one does.
class Written {
 public:
  explicit Written(std::string_view text) : left_(text) {}

  [[nodiscard]] std::string_view next_line() {
    const std::string_view line = left_.substr(0, left_.find('\n'));
    left_.remove_prefix(std::min(left_.size(), line.size() + 1));
    return line;
  }

 private:
  std::string_view left_;
};

constexpr std::array whole = {
    &Directives::start_servers,     &Directives::server_limit,        &Directives::min_spare_threads,
    &Directives::max_spare_threads, &Directives::max_request_workers, &Directives::threads_per_child,
    &Directives::thread_limit,
};

Directives read(Written& text) {
  Directives asked;
  for (int Directives::*const directive : whole) {
    const std::string_view line = text.next_line();
    const auto read = whole_number(line);
    must(read == plain::whole_number(line), "a whole number is read differently");
    if (const int* const number = std::get_if<int>(&read)) asked.*directive = *number;
  }
  const std::string_view line = text.next_line();
  const auto read = positive_decimal(line);
  must(read == plain::positive_decimal(line), "a decimal is read differently");
  if (const Factor* const factor = std::get_if<Factor>(&read)) asked.async_request_worker_factor = *factor;
  return asked;
}

void must_be_consistent(const Limits& limits) {
  const auto within = [](int number, int from, int to) { return from <= number && number <= to; };
  must(within(limits.server_limit, 1, max_server_limit), "ServerLimit");
  must(within(limits.thread_limit, 1, max_thread_limit), "ThreadLimit");
  must(within(limits.threads_per_child, 1, limits.thread_limit), "ThreadsPerChild");
  must(limits.max_workers >= limits.threads_per_child, "MaxRequestWorkers: not one child");
  must(limits.max_workers % limits.threads_per_child == 0, "MaxRequestWorkers: part of a child");
  must(limits.active_children_limit ==
           std::min(limits.max_workers / limits.threads_per_child, limits.server_limit),
       "active children");
  must(limits.start_servers >= 1, "StartServers");
  must(limits.min_spare_threads >= 1, "MinSpareThreads");
  must(limits.per_idle.millionths() >= 1 && limits.per_idle.millionths() <= Factor::largest, "the factor");
}

void must_fit(const Limits& limits, int buckets) {
  must(limits.active_children_limit >= buckets, "a bucket without a child");
  must(limits.start_servers >= buckets && limits.start_servers <= limits.active_children_limit,
       "children to start with");
  must(limits.min_spare_threads >= buckets, "a bucket without a spare thread");
  must(limits.max_spare_threads > limits.min_spare_threads, "no room between the spare threads");
}

void must_be_told(const Directives& asked, const Enforced& done) {
  std::optional<Correction> before;
  for (const Adjustment& told : done.adjustments) {
    must(!before || *before < told.kind, "corrections in disorder, or one of them twice");
    must(told.asked != told.allowed, "a correction that changes nothing");
    before = told.kind;
  }
  const Limits& limits = done.limits;
  const Directives allowed = {
      .start_servers = limits.start_servers,
      .server_limit = limits.server_limit,
      .min_spare_threads = limits.min_spare_threads,
      .max_spare_threads = limits.max_spare_threads,
      .max_request_workers = limits.max_workers,
      .threads_per_child = limits.threads_per_child,
      .thread_limit = limits.thread_limit,
      .async_request_worker_factor = limits.per_idle,
  };
  must(allowed == asked || !done.adjustments.empty(), "a correction that nobody is told of");
}

/// Two readings of a configuration, as at a restart, with other values the second time.
void configure(Written text) {
  const Directives first = read(text);
  const Enforced once = enforce(first, {});
  must_be_consistent(once.limits);
  must_be_told(first, once);

  const Directives second = read(text);
  const Enforced again = enforce(second, once.pinned);
  must_be_consistent(again.limits);
  must_be_told(second, again);
  must(again.pinned == once.pinned, "a limit is pinned twice");
  must(again.limits.server_limit == once.limits.server_limit, "ServerLimit has changed");
  must(again.limits.thread_limit == once.limits.thread_limit, "ThreadLimit has changed");

  const auto written = plain::whole_number(text.next_line());
  const int* const buckets = std::get_if<int>(&written);
  if (buckets && *buckets >= 1 && *buckets <= again.limits.server_limit)
    must_fit(fit_to_buckets(again.limits, *buckets), *buckets);
  static_cast<void>(again.limits.per_idle.allowance(again.limits.threads_per_child));
}

}  // namespace
}  // namespace mpm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  mpm::configure(mpm::Written({reinterpret_cast<const char*>(bytes), size}));
  return 0;
}
