#include "httpd/pipe_of_death.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <mpm_common.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

void close_end(int& end) noexcept {
  if (const int fd = std::exchange(end, -1); fd >= 0) ::close(fd);
}

// Who is gone, or does not read, cannot be helped by waiting.
void send_byte(int socket, char byte) noexcept {
  [[maybe_unused]] const auto sent = ::send(socket, &byte, 1, MSG_NOSIGNAL);
}

constexpr char byte_of(Word word) noexcept {
  switch (word) {
    case Word::Serving:
      return 's';
    case Word::Ailing:
      return 'a';
    case Word::GaveUpRow:
      return 'g';
    case Word::KeepsRow:
      return 'k';
    case Word::Draining:
    case Word::Gone:
      break;
  }
  return 'd';
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

void Lifeline::say(Word word) const noexcept {
  if (end_ >= 0) send_byte(end_, byte_of(word));
}

Lifeline::Heard Lifeline::listen() const noexcept {
  char said[16];
  const auto length = ::recv(end_, said, sizeof said, 0);
  if (length > 0) return Heard::RowWanted;  // there is nothing else to say
  return length < 0 && (errno == EAGAIN || errno == EINTR) ? Heard::Nothing : Heard::ParentGone;
}

void request_row(int lifeline) noexcept { send_byte(lifeline, 'r'); }

Word heard(char byte) noexcept {
  using enum Word;
  for (const Word word : {Serving, Ailing, GaveUpRow, KeepsRow})
    if (byte == byte_of(word)) return word;
  return Draining;
}

}  // namespace mpm::httpd
