#include "httpd/pipe_of_death.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <mpm_common.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

void close_end(int& end) noexcept {
  if (const int fd = std::exchange(end, -1); fd >= 0) ::close(fd);
}

}  // namespace

Status PipeOfDeath::open() noexcept {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return Status{errno};
  read_ = ends[0];
  write_ = ends[1];
  struct stat pipe {};
  made_ = ::fstat(read_, &pipe) == 0 ? pipe.st_ino : 0;
  return Status::ok();
}

bool PipeOfDeath::is_ours(int end) const noexcept {
  struct stat file {};
  return end >= 0 && ::fstat(end, &file) == 0 && S_ISFIFO(file.st_mode) && file.st_ino == made_;
}

void PipeOfDeath::mend() noexcept {
  if (is_ours(read_) && is_ours(write_)) return;
  // A number that is not ours any more may be somebody else's by now.
  for (int* const end : {&read_, &write_}) {
    if (is_ours(*end)) ::close(*end);
    *end = -1;
  }
  static_cast<void>(open());
}

void PipeOfDeath::ask(int children, Request request) noexcept {
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
