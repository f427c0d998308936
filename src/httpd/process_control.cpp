#include "httpd/process_control.hpp"

#include "apr/other_children.hpp"
#include "httpd/compat.hpp"
#include "httpd/lifeline.hpp"
#include "httpd/order_signals.hpp"
#include "httpd/timespec.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <apr_thread_proc.h>
#include <fcntl.h>
#include <http_log.h>
#include <http_main.h>
#include <mpm_common.h>
#include <scoreboard.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

constexpr int monitor_interval = 10;  // ticks, as in httpd's own ap_wait_or_timeout()

ExitKind kind_of(apr_exit_why_e why, int processed) noexcept {
  if (processed == APEXIT_CHILDSICK) return ExitKind::Sick;
  if (processed == APEXIT_CHILDFATAL) return ExitKind::Fatal;
  return APR_PROC_CHECK_SIGNALED(why) ? ExitKind::Crashed : ExitKind::Clean;
}

}  // namespace

Forked ProcessControl::fork_child(Place place) noexcept {
  listeners_.pod(place.bucket).mend();
  const LifelineEnds lifeline = open_lifeline();
  const OrdersBlocked blocked;
  const pid_t pid = ::fork();
  const int error = errno;
  if (pid == 0) {
    close_lifeline(lifeline.ours);
    // What the operator wanted from the control process at this moment is not meant for its child.
    forget_orders();
    ::pthread_sigmask(SIG_SETMASK, &blocked.before(), nullptr);
    become_child(place, lifeline.childs);
  }
  close_lifeline(lifeline.childs);
  if (pid > 0) return {.status = Status::ok(), .pid = pid, .lifeline = lifeline.ours};
  close_lifeline(lifeline.ours);
  return {.status = Status{error}};
}

void ProcessControl::become_child(Place place, int lifeline) noexcept {
  thread_current_after_fork();
  const auto places = retained_.places(retained_.memory.pinned.server_limit);
  for (const Seat& seat : places) close_lifeline(seat.lifeline);
  // The control process counts it in a moment; modules may ask this one at once.
  retained_.memory.seats_used = std::max(retained_.memory.seats_used, place.slot + 1);
  listeners_.keep_only(place.bucket);
  const int code = life_.live(life_.with, place, lifeline);
  std::exit(code);  // NOLINT(concurrency-mt-unsafe): the threads of this child have ended
}

std::span<const Message> ProcessControl::wait(const Vigil& vigil) noexcept {
  heard_.clear();
  polled_.clear();
  seats_.clear();
  // Those alone that have one: poll(2) refuses more entries than a process may have descriptors.
  for (int seat = 0; const int fd : vigil.lifelines) {
    if (fd >= 0) {
      polled_.push_back({.fd = fd, .events = POLLIN, .revents = 0});
      seats_.push_back(seat);
    }
    ++seat;
  }
  {
    const OrdersBlocked blocked;
    if (order() != vigil.known) return heard_;
    const timespec patience = to_timespec(vigil.at_most);
    if (::ppoll(polled_.data(), polled_.size(), &patience, &blocked.before()) <= 0) return heard_;
  }
  for (std::size_t i = 0; i < polled_.size(); ++i)
    if (polled_[i].revents) listen_to(seats_[i], polled_[i].fd);
  return heard_;
}

void ProcessControl::listen_to(int seat, int lifeline) noexcept {
  char said[16];
  const auto length = ::read(lifeline, said, sizeof said);
  if (length <= 0) heard_.push_back({.seat = seat, .word = Word::Gone});
  for (const char byte : std::span(said, length > 0 ? static_cast<std::size_t>(length) : 0))
    heard_.push_back({.seat = seat, .word = httpd::heard(byte)});
}

std::optional<Death> ProcessControl::next_death() noexcept {
  apr_proc_t ended{};
  apr_exit_why_e why{};
  int status = 0;
  const apr_status_t outcome = apr_proc_wait_all_procs(&ended, &status, &why, APR_NOWAIT, origin_.pconf);
  ap_update_global_status();
  if (!APR_STATUS_IS_CHILD_DONE(outcome)) return std::nullopt;
  return Death{
      .pid = ended.pid, .kind = kind_of(why, ap_process_child_status(&ended, why, status)), .status = status};
}

bool ProcessControl::is_child(int pid) const noexcept {
  siginfo_t ended{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

Processes::Claim ProcessControl::offer_to_modules(const Death& death) noexcept {
  apr_proc_t ended{};
  ended.pid = death.pid;
  const apr_status_t outcome = apr_proc_other_child_alert(&ended, APR_OC_REASON_DEATH, death.status);
  return outcome == APR_SUCCESS ? Claim::Claimed : Claim::Unclaimed;
}

bool ProcessControl::has_other_children() const noexcept {
  return apr::has_children_besides(
      std::span(retained_.seats, static_cast<std::size_t>(retained_.memory.seats_used)));
}

void ProcessControl::tell_modules_of_restart() noexcept {
  apr_proc_other_child_refresh_all(APR_OC_REASON_RESTART);
}

void ProcessControl::housekeeping() noexcept {
  ticks_ = (ticks_ + 1) % monitor_interval;
  if (ticks_ == 0) ap_run_monitor(origin_.pconf, origin_.server);
}

Order ProcessControl::order() const noexcept {
  const ap_unixd_mpm_retained_data& mpm = *retained_.mpm;
  if (mpm.shutdown_pending) return mpm.is_ungraceful ? Order::Stop : Order::StopGracefully;
  if (mpm.restart_pending) return mpm.is_ungraceful ? Order::Restart : Order::RestartGracefully;
  return Order::None;
}

void ProcessControl::forget_orders() noexcept {
  ap_unixd_mpm_retained_data& mpm = *retained_.mpm;
  mpm.shutdown_pending = 0;
  mpm.restart_pending = 0;
  mpm.is_ungraceful = 0;
}

void ProcessControl::send(int pid, Signal signal) noexcept {
  if (pid > 0) ::kill(pid, signal == Signal::Terminate ? SIGTERM : SIGKILL);
}

void ProcessControl::ask_for_row(int lifeline) noexcept { request_row(lifeline); }

void ProcessControl::close_lifeline(int lifeline) noexcept {
  if (lifeline >= 0) ::close(lifeline);
}

}  // namespace mpm::httpd
