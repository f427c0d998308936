#include "front/directives.hpp"

#include "httpd/module.hpp"
#include "mpm/policy/number.hpp"

#include <variant>

#include <ap_listen.h>
#include <apr_strings.h>
#include <mpm_common.h>

// Without it httpd's headers show C++ a command_rec of untyped functions: every row would need a cast, and
// the table a dynamic initialiser. It changes a type, so all files must agree on it.
#ifndef AP_HAVE_C99
#error "compile every file of this module with -DAP_HAVE_C99"
#endif

namespace mpm::front {
namespace {

using Setter = const char* (*)(cmd_parms*, void*, const char*);

constexpr const char* no_whole_number = "is not a whole number";
constexpr const char* no_decimal = "is not a decimal number such as 2 or 1.5";

/// The sentence that httpd prints below file and line.
const char* complaint(const cmd_parms* cmd, const char* value, Flaw flaw, const char* not_a_number) noexcept {
  const char* what = not_a_number;
  if (flaw == Flaw::OutOfRange) what = "is out of range";
  if (flaw == Flaw::NotPositive) what = "is not allowed: it must be a positive number";
  return apr_psprintf(cmd->pool, "%s: '%s' %s", cmd->cmd->name, value, what);
}

template <int Directives::*field>
const char* set_whole(cmd_parms* cmd, void*, const char* value) noexcept {
  if (const char* misplaced = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return misplaced;
  const auto read = whole_number(value);
  if (const auto* flaw = std::get_if<Flaw>(&read)) return complaint(cmd, value, *flaw, no_whole_number);
  directives_in_progress().*field = *std::get_if<int>(&read);
  return nullptr;
}

const char* set_max_clients(cmd_parms* cmd, void* unused, const char* value) noexcept {
  if (const char* misplaced = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return misplaced;
  ap_log_error(APLOG_MARK, APLOG_INFO, 0, nullptr,
               APLOGNO(00521) "MaxClients is a deprecated name: write MaxRequestWorkers");
  return set_whole<&Directives::max_request_workers>(cmd, unused, value);
}

const char* set_factor(cmd_parms* cmd, void*, const char* value) noexcept {
  if (const char* misplaced = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return misplaced;
  const auto read = positive_decimal(value);
  if (const auto* flaw = std::get_if<Flaw>(&read)) return complaint(cmd, value, *flaw, no_decimal);
  directives_in_progress().async_request_worker_factor = *std::get_if<Factor>(&read);
  return nullptr;
}

/// A setter of httpd's, which would make 0 of a word and 5 of "5x", behind the strict check.
template <Setter httpds_setter>
const char* set_in_httpd(cmd_parms* cmd, void* unused, const char* value) noexcept {
  if (const char* misplaced = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return misplaced;
  const auto read = whole_number(value);
  if (const auto* flaw = std::get_if<Flaw>(&read)) return complaint(cmd, value, *flaw, no_whole_number);
  return httpds_setter(cmd, unused, value);
}

consteval command_rec row(const char* name, Setter setter, const char* purpose) {
  return {name, {.take1 = setter}, nullptr, RSRC_CONF, TAKE1, purpose};
}

}  // namespace

// LISTEN_COMMANDS has more rows from version to version; those it makes with this macro all take a whole
// number.
#undef AP_INIT_TAKE1
// NOLINTNEXTLINE(bugprone-macro-parentheses): a template argument takes no parentheses
#define AP_INIT_TAKE1(name, setter, row_data, where, purpose) row(name, &set_in_httpd<&setter>, purpose)

constinit const command_rec commands[] = {
    LISTEN_COMMANDS,
    AP_GRACEFUL_SHUTDOWN_TIMEOUT_COMMAND,
    row("StartServers", &set_whole<&Directives::start_servers>, "Child processes to start with"),
    row("ServerLimit", &set_whole<&Directives::server_limit>,
        "The most child processes there can be until the server is stopped"),
    row("MinSpareThreads", &set_whole<&Directives::min_spare_threads>,
        "Idle threads kept ready for more work"),
    row("MaxSpareThreads", &set_whole<&Directives::max_spare_threads>,
        "Idle threads above which a child process is stopped"),
    row("MaxRequestWorkers", &set_whole<&Directives::max_request_workers>,
        "The most worker threads in all child processes together"),
    row("MaxClients", &set_max_clients, "The old name of MaxRequestWorkers"),
    row("ThreadsPerChild", &set_whole<&Directives::threads_per_child>,
        "Worker threads in each child process"),
    row("ThreadLimit", &set_whole<&Directives::thread_limit>,
        "The most that ThreadsPerChild can be until the server is stopped"),
    row("AsyncRequestWorkerFactor", &set_factor,
        "Connections that a child process accepts beyond ThreadsPerChild for each idle worker thread"),
    command_rec{},
};

}  // namespace mpm::front
