#pragma once

#include "httpd/lifeline.hpp"
#include "httpd/pipe_of_death.hpp"
#include "mpm/base/status.hpp"
#include "mpm/ports/summons.hpp"

#include <signal.h>
#include <unixd.h>

namespace mpm::httpd {

/// How the parent, an operator or a thread of the child itself reaches the child's main thread: the pipe of
/// death, the lifeline, the parent's end, a SIGTERM (with -X also SIGINT), and a pipe of its own. Signals are
/// let in only while it sleeps here; httpd's own handler notes them in its retained record.
class ParentSummons final : public Summons {
 public:
  enum class Interrupt { Ignored, Stops };

  /// Where the control process speaks.
  struct Lines {
    PipeOfDeath& pod;
    Lifeline lifeline;
    pid_t parent;  ///< whose end ends this child; 0 with -X
  };

  ParentSummons(const Lines& lines, ap_unixd_mpm_retained_data& retained, Interrupt interrupt) noexcept;
  ~ParentSummons();
  ParentSummons(const ParentSummons&) = delete;
  ParentSummons& operator=(const ParentSummons&) = delete;

  /// Whether its pipe could be made: without it the child cannot work.
  [[nodiscard]] Status usable() const noexcept { return made_; }

  Wish wait(const OnMain& here, StopStage reached,
            std::optional<std::chrono::milliseconds> longest) noexcept override;
  void wake() noexcept override;

 private:
  [[nodiscard]] StopStage signalled() const noexcept;

  void forget_wakes() noexcept;
  [[nodiscard]] Wish heard_on_pod() noexcept;
  [[nodiscard]] Wish heard_on_lifeline() noexcept;

  PipeOfDeath& pod_;
  /// Readable when the parent has ended (pidfd_open(2)); -1 where there is no such thing. The pipe of death
  /// tells of that end too, but not while a process that a module has forked holds a copy of it.
  int parent_ = -1;
  const Lifeline lifeline_;
  bool parent_gone_ = false;
  ap_unixd_mpm_retained_data& retained_;
  sigset_t asleep_;
  int wake_[2] = {-1, -1};
  Status made_;
};

}  // namespace mpm::httpd
