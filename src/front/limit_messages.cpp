#include "front/limit_messages.hpp"

#include "httpd/module.hpp"

#include <array>
#include <cstddef>

namespace mpm::front {
namespace {

/// The figures come in one order: asked, bound, allowed, children. A wording takes as many as it needs; where
/// what is allowed is the bound itself, the second figure serves for both.
struct Wording {
  Correction kind;
  const char* console;  ///< null: tell the log, whoever listens
  const char* log;
};

using enum Correction;

constexpr std::array<Wording, correction_kinds> wordings{{
    {ServerLimitAboveCap,
     APLOGNO(00497) "WARNING: ServerLimit of %d is beyond the compile-time limit of %d servers, decreasing "
                    "to %d.",
     APLOGNO(00498) "ServerLimit of %d is beyond the compile-time limit of %d, decreasing to %d"},
    {ServerLimitBelowOne,
     APLOGNO(00499) "WARNING: ServerLimit of %d is not allowed (room for no server), increasing to %d.",
     APLOGNO(00500) "ServerLimit of %d is not allowed (room for no server), increasing to %d"},
    {ServerLimitPinned, nullptr,
     APLOGNO(00501) "ServerLimit of %d is ignored: the server was started with %d, and changing it during "
                    "restart "
                    "is not allowed"},
    {ThreadLimitAboveCap,
     APLOGNO(00502) "WARNING: ThreadLimit of %d is beyond the compile-time limit of %d threads, decreasing "
                    "to %d.",
     APLOGNO(00503) "ThreadLimit of %d is beyond the compile-time limit of %d, decreasing to %d"},
    {ThreadLimitBelowOne,
     APLOGNO(00504) "WARNING: ThreadLimit of %d is not allowed (room for no thread), increasing to %d.",
     APLOGNO(00505) "ThreadLimit of %d is not allowed (room for no thread), increasing to %d"},
    {ThreadLimitPinned, nullptr,
     APLOGNO(00506) "ThreadLimit of %d is ignored: the server was started with %d, and changing it during "
                    "restart "
                    "is not allowed"},
    {ThreadsPerChildAboveThreadLimit,
     APLOGNO(00507) "WARNING: ThreadsPerChild of %d is more than ThreadLimit of %d threads has room for, "
                    "decreasing "
                    "to %d. For more, raise ThreadLimit.",
     APLOGNO(00508) "ThreadsPerChild of %d is more than ThreadLimit of %d has room for, decreasing to %d"},
    {ThreadsPerChildBelowOne,
     APLOGNO(
         00509) "WARNING: ThreadsPerChild of %d is not allowed (a child without workers), increasing to %d.",
     APLOGNO(00510) "ThreadsPerChild of %d is not allowed (a child without workers), increasing to %d"},
    {MaxRequestWorkersBelowThreadsPerChild,
     APLOGNO(00511) "WARNING: MaxRequestWorkers of %d would not make one child with ThreadsPerChild of %d, "
                    "increasing to %d. There has to be one.",
     APLOGNO(00512) "MaxRequestWorkers of %d would not make one child with ThreadsPerChild of %d, increasing "
                    "to %d"},
    {MaxRequestWorkersNotAMultiple,
     APLOGNO(
         00513) "WARNING: MaxRequestWorkers of %d does not divide into children with ThreadsPerChild of %d, "
                "decreasing to the multiple %d, which makes at most %d servers.",
     APLOGNO(00514) "MaxRequestWorkers of %d does not divide into children with ThreadsPerChild of %d, "
                    "decreasing to "
                    "the multiple %d"},
    {MaxRequestWorkersAboveServerLimit,
     APLOGNO(00515) "WARNING: MaxRequestWorkers of %d is more than ServerLimit of %d has room for, "
                    "decreasing to %d; "
                    "it would require %d servers. For more, raise ServerLimit.",
     APLOGNO(00516) "MaxRequestWorkers of %d is more than ServerLimit of %d has room for, decreasing to %d; "
                    "it would "
                    "require %d servers"},
    {StartServersBelowOne,
     APLOGNO(00517) "WARNING: StartServers of %d is not allowed (nobody to begin with), increasing to %d.",
     APLOGNO(00518) "StartServers of %d is not allowed (nobody to begin with), increasing to %d"},
    {MinSpareThreadsBelowOne,
     APLOGNO(00519) "WARNING: MinSpareThreads of %d is not allowed (nobody idle for the next request), "
                    "increasing to "
                    "%d. The manual tells how to choose it.",
     APLOGNO(
         00520) "MinSpareThreads of %d is not allowed (nobody idle for the next request), increasing to %d"},
}};

constexpr bool each_in_its_place() {
  for (std::size_t place = 0; place < wordings.size(); ++place)
    if (wordings[place].kind != static_cast<Correction>(place) || wordings[place].log == nullptr)
      return false;
  return true;
}
static_assert(each_in_its_place(), "a correction's wording is found by its number");

}  // namespace

void tell(const Adjustments& adjustments, Audience audience, const server_rec* server) noexcept {
  for (const auto& [kind, asked, bound, allowed, children] : adjustments) {
    const Wording& wording = wordings[static_cast<std::size_t>(kind)];
    if (audience == Audience::Console && wording.console != nullptr) {
      ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, nullptr, wording.console, asked, bound,
                   allowed, children);
    } else {
      ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server, wording.log, asked, bound, allowed, children);
    }
  }
}

}  // namespace mpm::front
