#pragma once

#include "mpm/ports/processes.hpp"

namespace mpm::httpd {

/// A lifeline is a pair of sockets between the control process and one child: the child says how it is, and
/// is asked for its row of the scoreboard. Its end is the child's death, or the control process'. Both
/// sockets are closed on exec, and nobody ever waits on one.
struct LifelineEnds {
  int ours = -1;  ///< the control process'; -1 for both: none could be made, or afforded
  int childs = -1;
};
/// Control process, before a fork.
[[nodiscard]] LifelineEnds open_lifeline() noexcept;

/// A child's end of its lifeline. Owns nothing: the descriptor is open as long as the process lives.
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
