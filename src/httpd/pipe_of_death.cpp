#include "httpd/pipe_of_death.hpp"

#include <cerrno>

#include <fcntl.h>
#include <mpm_common.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

/// 0 if it is no pipe.
ino_t pipe_at(int end) noexcept {
  struct stat file {};
  return end >= 0 && ::fstat(end, &file) == 0 && S_ISFIFO(file.st_mode) ? file.st_ino : 0;
}

}  // namespace

Status PipeOfDeath::open() noexcept {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return Status{errno};
  read_ = ends[0];
  write_ = ends[1];
  made_ = pipe_at(read_);
  return Status::ok();
}

void PipeOfDeath::adopt(int write_end) noexcept {
  write_ = write_end;
  made_ = pipe_at(write_);
}

// A number that is not ours any more may be somebody else's by now.
bool PipeOfDeath::is_ours(int end) const noexcept { return made_ != 0 && pipe_at(end) == made_; }

void PipeOfDeath::close_end(int& end) noexcept {
  if (is_ours(end)) ::close(end);
  end = -1;
}

void PipeOfDeath::mend() noexcept {
  if (is_ours(read_) && is_ours(write_)) return;
  close();
  static_cast<void>(open());
}

void PipeOfDeath::ask(int children, Request request) noexcept {
  if (!is_ours(write_)) return;
  const char byte = request == Request::Graceful ? AP_MPM_PODX_GRACEFUL_CHAR : AP_MPM_PODX_RESTART_CHAR;
  // A full pipe has more requests in it than there can be children: nothing is lost when a write is refused.
  for (int i = 0; i < children && ::write(write_, &byte, 1) == 1; ++i) {
  }
}

DeathPipe::Request PipeOfDeath::take() noexcept {
  char byte = 0;
  const auto got = ::read(read_, &byte, 1);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Request::Nothing;
  return got == 1 && byte == AP_MPM_PODX_RESTART_CHAR ? Request::Forced : Request::Graceful;
}

void PipeOfDeath::let_go() noexcept { close_end(write_); }

void PipeOfDeath::close() noexcept {
  close_end(read_);
  close_end(write_);
}

}  // namespace mpm::httpd
