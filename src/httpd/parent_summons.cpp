#include "httpd/parent_summons.hpp"

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace mpm::httpd {

ParentSummons::ParentSummons(PipeOfDeath& pod, ap_unixd_mpm_retained_data& retained,
                             Interrupt interrupt) noexcept
    : pod_(pod), retained_(retained) {
  ::sigfillset(&asleep_);
  ::sigdelset(&asleep_, SIGTERM);
  if (interrupt == Interrupt::Stops) ::sigdelset(&asleep_, SIGINT);
  // A fault in this thread must end the process as it does in any other.
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::sigdelset(&asleep_, fault);
  if (::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) made_ = Status{errno};
}

ParentSummons::~ParentSummons() {
  for (const int end : wake_) {
    if (end >= 0) ::close(end);
  }
}

StopStage ParentSummons::wait(const OnMain&, StopStage reached) noexcept {
  if (const StopStage stage = signalled(); stage > reached) return stage;
  // poll(2) passes over negative descriptors.
  const int pod = reached == StopStage::Running ? pod_.read_end() : -1;
  pollfd watched[] = {{.fd = wake_[0], .events = POLLIN, .revents = 0},
                      {.fd = pod, .events = POLLIN, .revents = 0}};
  // While nothing is let in, a signal that came before this call is still pending and ends it at once.
  if (::ppoll(watched, 2, nullptr, &asleep_) <= 0) return signalled();
  char swallowed[64];
  while (watched[0].revents && ::read(wake_[0], swallowed, sizeof swallowed) > 0) {
  }
  if (!watched[1].revents) return StopStage::Running;
  switch (pod_.take()) {
    case DeathPipe::Request::Graceful:
      return StopStage::Graceful;
    case DeathPipe::Request::Forced:
      return StopStage::Forced;
    case DeathPipe::Request::Nothing:  // a sibling was quicker
      break;
  }
  return StopStage::Running;
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
