#pragma once

#include "mpm/base/status.hpp"
#include "mpm/ports/death_pipe.hpp"

#include <sys/types.h>

namespace mpm::httpd {

/// A pipe whose children read from it without ever waiting, and whose control process writes to it without
/// ever waiting. Both ends are closed on exec. Copies share the descriptors, and no destructor closes them:
/// that is for close() and let_go(). What has the number of an end that somebody else has closed is left
/// alone.
class PipeOfDeath final : public DeathPipe {
 public:
  PipeOfDeath() = default;

  [[nodiscard]] Status open() noexcept;
  /// A pipe of an older generation, of which only the write end is left.
  void adopt(int write_end) noexcept;
  /// Before a child is forked: makes the pipe anew if somebody else has closed an end of it, which would ask
  /// each new child to leave at once. Children with the old pipe have seen its end by then.
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
  void close_end(int& end) noexcept;

  int read_ = -1;
  int write_ = -1;
  ino_t made_ = 0;
};

}  // namespace mpm::httpd
