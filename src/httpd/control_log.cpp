#include "httpd/control_log.hpp"

#include "httpd/module.hpp"

#include <array>
#include <cstdio>

#include <ap_mpm.h>
#include <http_config.h>
#include <http_core.h>
#include <mpm_common.h>

namespace mpm::httpd {
namespace {

using Text = std::array<char, 64>;

Text figures(const Headcount& now) noexcept {
  Text text;
  std::snprintf(text.data(), text.size(), "active %d/%d, total %d/%d/%d", now.active, now.active_limit,
                now.total, now.seats_used, now.server_limit);
  return text;
}

}  // namespace

void ControlLog::child_started(const ChildName& child, const Headcount& now) noexcept {
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, server_, "Child %d started: pid %d, gen %d, %s", child.slot,
               child.pid, child.generation, figures(now).data());
}

void ControlLog::child_draining(const ChildName& child, const Headcount& now) noexcept {
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, server_, "Child %d quiescing: pid %d, gen %d, %s", child.slot,
               child.pid, child.generation, figures(now).data());
}

void ControlLog::child_gave_up_row(const ChildName& child, const Headcount& now) noexcept {
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, server_, "Child %d gave up its slot: pid %d, gen %d, %s",
               child.slot, child.pid, child.generation, figures(now).data());
}

void ControlLog::child_stopped(const ChildName& child, const Headcount& now, Farewell how) noexcept {
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, server_, "Child %d stopped: pid %d, gen %d, %s, quiescing %d",
               child.slot, child.pid, child.generation, figures(now).data(),
               how == Farewell::Announced ? 2 : 0);
}

void ControlLog::fork_failed(Status why) noexcept {
  ap_log_error(APLOG_MARK, APLOG_ERR, why.code(), server_,
               APLOGNO(00481) "Unable to fork new process: trying again");
}

void ControlLog::fatal_child_ignored(int pid) noexcept {
  ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server_,
               APLOGNO(00487) "Ignoring the fatal error of a child of a previous generation (pid %d)", pid);
}

void ControlLog::unknown_child(int pid) noexcept {
  ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server_,
               APLOGNO(00488) "long lost child came home: pid %d has no slot", pid);
}

void ControlLog::successive_crashes() noexcept {
  ap_log_error(
      APLOG_MARK, APLOG_WARNING, 0, server_,
      APLOGNO(
          10392) "Children are killed successively: only the first three of a second are replaced at once");
}

void ControlLog::giving_up_on_sick_children() noexcept {
  ap_log_error(APLOG_MARK, APLOG_ALERT, 0, server_, APLOGNO(02324)
               "No child process could initialize: each met a resource shortage or other unrecoverable failure. "
               "httpd is exiting!");
}

void ControlLog::saturated(Saturated how) noexcept {
  if (how.idle == Saturated::Left::None) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server_, APLOGNO(00484)
                 "server reached MaxRequestWorkers setting and has no idle worker left: consider raising "
                 "MaxRequestWorkers");
  } else {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server_, APLOGNO(10159)
                 "server is within MinSpareThreads of MaxRequestWorkers: consider raising MaxRequestWorkers");
  }
}

void ControlLog::scoreboard_full() noexcept {
  ap_log_error(APLOG_MARK, APLOG_ERR, 0, server_, APLOGNO(03490)
               "scoreboard is full, not at MaxRequestWorkers, as children that are finishing hold its slots. "
               "Consider raising ServerLimit");
}

void ControlLog::spawning_fast(const Fork& fork, const Census& census) noexcept {
  ap_log_error(APLOG_MARK, APLOG_INFO, 0, server_, APLOGNO(00486)
               "server seems busy: spawning %d children; idle threads=%d, active children=%d, children shutting "
               "down=%d. StartServers, ThreadsPerChild or Min/MaxSpareThreads may need to be higher",
               fork.children, census.idle_threads, census.active_children,
               census.total_children - census.active_children);
}

void ControlLog::active_limit_reached(const Headcount& now) noexcept {
  ap_log_error(APLOG_MARK, APLOG_TRACE1, 0, server_, "no child spawned at the limit of active ones: %s",
               figures(now).data());
}

void ControlLog::too_many_idle(Retiring when, const Headcount& now, int idle_threads) noexcept {
  ap_log_error(APLOG_MARK, APLOG_TRACE5, 0, server_, "%s one child: %s, idle threads %d",
               when == Retiring::Now ? "Shutting down" : "Not yet shutting down", figures(now).data(),
               idle_threads);
}

void ControlLog::resuming_operations() noexcept {
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server_,
               APLOGNO(00489) "%s configured -- resuming normal operations", ap_get_server_description());
  ap_log_error(APLOG_MARK, APLOG_INFO, 0, server_, APLOGNO(00490) "Server built: %s", ap_get_server_built());
  ap_log_command_line(plog_, server_);
  ap_log_mpm_common(server_);
}

void ControlLog::stopping() noexcept {
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server_, APLOGNO(00491) "caught SIGTERM, shutting down");
}

void ControlLog::stopping_gracefully() noexcept {
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server_,
               APLOGNO(00492) "caught " AP_SIG_GRACEFUL_STOP_STRING ", shutting down gracefully");
}

void ControlLog::restarting() noexcept {
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server_,
               APLOGNO(00494) "SIGHUP received.  Attempting to restart");
}

void ControlLog::restarting_gracefully() noexcept {
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server_,
               APLOGNO(00493) AP_SIG_GRACEFUL_STRING " received.  Doing graceful restart");
}

void ControlLog::child_outstays(int pid) noexcept {
  ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server_,
               APLOGNO(00045) "child process %d still did not exit: a SIGTERM once more", pid);
}

void ControlLog::killing_child(int pid) noexcept {
  ap_log_error(APLOG_MARK, APLOG_ERR, 0, server_,
               APLOGNO(00046) "child process %d still did not exit: a SIGKILL", pid);
}

void ControlLog::cannot_end_child(int pid) noexcept {
  ap_log_error(APLOG_MARK, APLOG_ERR, 0, server_,
               APLOGNO(00047) "could not make child process %d exit: going on without it", pid);
}

}  // namespace mpm::httpd
