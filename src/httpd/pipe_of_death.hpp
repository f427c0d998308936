#pragma once

#include "mpm/base/status.hpp"
#include "mpm/ports/death_pipe.hpp"
#include "mpm/ports/processes.hpp"

#include <sys/types.h>

namespace mpm::httpd {

/// A pipe whose children read from it without ever waiting, and whose control process writes to it without
/// ever waiting. Both ends are closed on exec. Plain: it owns nothing until close() is called on it.
class PipeOfDeath final : public DeathPipe {
 public:
  PipeOfDeath() = default;

  [[nodiscard]] Status open() noexcept;
  /// A pipe of an older generation, of which only the write end is left.
  void adopt(int write_end) noexcept { write_ = write_end; }
  /// Before a child is forked: an end that somebody else has closed would ask each new child to leave at
  /// once, and one after it. Such a pipe is made anew; who read from the old one has heard its end.
  void mend() noexcept;

  void ask(int children, Request request) noexcept override;
  void let_go() noexcept override;
  [[nodiscard]] Request take() noexcept override;

  /// The end to poll for POLLIN (and POLLHUP) in a child; -1 with -X, where nobody asks.
  [[nodiscard]] int read_end() const noexcept { return read_; }
  [[nodiscard]] int write_end() const noexcept { return write_; }

  void close() noexcept;

 private:
  /// Whether this is still an end of the pipe that was opened, and not closed or another file by now.
  [[nodiscard]] bool is_ours(int end) const noexcept;

  int read_ = -1;
  int write_ = -1;
  ino_t made_ = 0;
};

/// A child's end of its lifeline: the socket on which it speaks with the control process. Its death is heard
/// there too. Owns nothing: the descriptor is open as long as the process lives.
class Lifeline {
 public:
  explicit Lifeline(int end) noexcept : end_(end) {}

  /// Any thread of the child; never waits. Says nothing with -X.
  void say(Word word) const noexcept;

  enum class Heard { Nothing, RowWanted, ParentGone };
  /// What the control process has said; never waits.
  [[nodiscard]] Heard listen() const noexcept;

  /// The end to poll for POLLIN; -1 with -X.
  [[nodiscard]] int descriptor() const noexcept { return end_; }

 private:
  int end_;
};

/// The control process asks the child at the other end of this lifeline to give up its row; never waits.
void request_row(int lifeline) noexcept;

/// The word that a byte on a lifeline stands for; what a child sends that is no word is taken as Draining,
/// which costs nobody but that child.
[[nodiscard]] Word heard(char byte) noexcept;

}  // namespace mpm::httpd
