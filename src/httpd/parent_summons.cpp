#include "httpd/parent_summons.hpp"

#include "httpd/timespec.hpp"

#include <cerrno>
#include <iterator>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mpm::httpd {

namespace {

/// Readable when this process has ended; -1, and why in errno, if the platform cannot tell.
int end_of([[maybe_unused]] pid_t process) noexcept {
#ifdef SYS_pidfd_open
  return static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
#else
  errno = ENOSYS;
  return -1;
#endif
}

}  // namespace

ParentSummons::ParentSummons(const Lines& lines, ap_unixd_mpm_retained_data& retained,
                             Interrupt interrupt) noexcept
    : pod_(lines.pod), lifeline_(lines.lifeline), retained_(retained) {
  if (lines.parent > 0) parent_ = end_of(lines.parent);
  if (lines.parent > 0 && parent_ < 0 && errno == ESRCH) made_ = Status{ESRCH};  // it has ended already
  ::sigfillset(&asleep_);
  ::sigdelset(&asleep_, SIGTERM);
  if (interrupt == Interrupt::Stops) ::sigdelset(&asleep_, SIGINT);
  // A fault in this thread must end the process as it does in any other.
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::sigdelset(&asleep_, fault);
  if (::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) made_ = Status{errno};
}

ParentSummons::~ParentSummons() {
  for (const int fd : {parent_, wake_[0], wake_[1]}) {
    if (fd >= 0) ::close(fd);
  }
}

Summons::Wish ParentSummons::wait(const OnMain&, StopStage reached,
                                  std::optional<std::chrono::milliseconds> longest) noexcept {
  if (const StopStage stage = signalled(); stage > reached) return {.stage = stage};
  const bool running = reached == StopStage::Running;
  // poll(2) passes over negative descriptors.
  pollfd watched[] = {
      {.fd = wake_[0], .events = POLLIN, .revents = 0},
      {.fd = running ? pod_.read_end() : -1, .events = POLLIN, .revents = 0},
      {.fd = running ? parent_ : -1, .events = POLLIN, .revents = 0},
      {.fd = running || parent_gone_ ? -1 : lifeline_.descriptor(), .events = POLLIN, .revents = 0}};
  // While nothing is let in, a signal that came before this call is still pending and ends it at once.
  const timespec limit = to_timespec(longest.value_or(std::chrono::milliseconds::zero()));
  if (::ppoll(watched, std::size(watched), longest ? &limit : nullptr, &asleep_) <= 0)
    return {.stage = signalled()};
  // The child may have begun to stop while this thread slept, and then what is in the pipe is meant for
  // another.
  if (watched[0].revents) {
    forget_wakes();
    return {};
  }
  if (watched[1].revents) return heard_on_pod();
  if (watched[2].revents) return {.stage = StopStage::Graceful};
  return watched[3].revents ? heard_on_lifeline() : Wish{};
}

void ParentSummons::forget_wakes() noexcept {
  char swallowed[64];
  while (::read(wake_[0], swallowed, sizeof swallowed) > 0) {
  }
}

Summons::Wish ParentSummons::heard_on_pod() noexcept {
  switch (pod_.take()) {
    case DeathPipe::Request::Graceful:
      return {.stage = StopStage::Graceful};
    case DeathPipe::Request::Forced:
      return {.stage = StopStage::Forced};
    case DeathPipe::Request::Nothing:  // a sibling was quicker
      break;
  }
  return {};
}

Summons::Wish ParentSummons::heard_on_lifeline() noexcept {
  const Lifeline::Heard heard = lifeline_.listen();
  parent_gone_ = heard == Lifeline::Heard::ParentGone;
  return {.row = heard == Lifeline::Heard::RowWanted ? Wish::Row::GiveUp : Wish::Row::Keep};
}

void ParentSummons::wake() noexcept {
  // A full pipe wakes as well as one byte more.
  [[maybe_unused]] const auto written = ::write(wake_[1], "", 1);
}

StopStage ParentSummons::signalled() const noexcept {
  if (!retained_.shutdown_pending) return StopStage::Running;
  return retained_.is_ungraceful ? StopStage::Forced : StopStage::Graceful;
}

}  // namespace mpm::httpd
