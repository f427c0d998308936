#include "httpd/lifeline.hpp"

#include <cerrno>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

/// With very many children the lifelines must leave descriptors for everything else the control process
/// opens; a child without one is noticed at the tick.
bool affordable(int fd) noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && static_cast<rlim_t>(fd) < limit.rlim_cur / 2;
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

LifelineEnds open_lifeline() noexcept {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return {};
  if (affordable(ends[0])) return {.ours = ends[0], .childs = ends[1]};
  ::close(ends[0]);
  ::close(ends[1]);
  return {};
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
