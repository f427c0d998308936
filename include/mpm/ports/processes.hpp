#pragma once

#include "mpm/base/status.hpp"
#include "mpm/base/time.hpp"
#include "mpm/policy/child_exit.hpp"

#include <optional>
#include <span>

namespace mpm {

/// Where a child belongs: its row in the scoreboard, and the bucket of listening sockets it accepts from.
struct Place {
  int slot = 0;
  int bucket = 0;
  int number = 0;  ///< unlike that of any other living child; the slot, if that is free
};

/// What a child tells the control process on its lifeline.
enum class Word {
  Serving,    ///< it accepts connections now
  Draining,   ///< it has begun to finish: it takes no more connections and wants a successor
  Ailing,     ///< as Draining, because a resource is short: a successor now would fare no better
  GaveUpRow,  ///< it will never touch its row of the scoreboard again, as it was asked
  KeepsRow,   ///< it was asked for its row and cannot do without
  Gone,       ///< said by nobody: the lifeline has ended, and the child with it, or in a moment
};
struct Message {
  int seat = 0;  ///< index of the seat whose lifeline it came on
  Word word = Word::Serving;
};

/// What the operator asked the control process for, by signal.
enum class Order { None, Stop, StopGracefully, Restart, RestartGracefully };

struct Forked {
  Status status;
  int pid = 0;
  int lifeline = -1;
};

struct Death {
  int pid = 0;
  ExitKind kind = ExitKind::Clean;
  int status = 0;  ///< exit code or signal, for modules that watch theirs
};

/// The operating system's processes and the signals sent to this one. Control process only.
class Processes {
 public:
  /// Starts a child there. Returns in the control process only: the child lives and exits inside.
  [[nodiscard]] virtual Forked fork_child(Place place) noexcept = 0;

  struct Vigil {
    std::span<const int> lifelines;  ///< indexed by seat; negative ones are skipped
    Duration at_most{};
    Order known = Order::None;
  };
  /// Sleeps until a child speaks or ends, a signal comes, or the time has passed; not at all if the order is
  /// not the known one, so that none is missed between the caller's look at order() and the sleep. The result
  /// is valid until the next call.
  [[nodiscard]] virtual std::span<const Message> wait(const Vigil& vigil) noexcept = 0;

  /// The next process that has ended and was not collected yet: a child of ours, or one that a module
  /// started.
  [[nodiscard]] virtual std::optional<Death> next_death() noexcept = 0;

  /// Is this still a process that next_death() could return? Not if somebody else in this process, a module,
  /// has collected it.
  [[nodiscard]] virtual bool is_child(int pid) const noexcept = 0;

  enum class Claim { Claimed, Unclaimed };
  /// Offers a process that is none of our children to the modules that watch theirs (apr_proc_other_child).
  virtual Claim offer_to_modules(const Death& death) noexcept = 0;

  /// Does this process have children besides ours: loggers, daemons, programs of maps, that a module has
  /// started? httpd ends them with their configuration. True as well where the system does not tell.
  [[nodiscard]] virtual bool has_other_children() const noexcept = 0;

  /// Tells the modules that watch processes of theirs that all our children have been ended.
  virtual void tell_modules_of_restart() noexcept = 0;

  /// What happens once a second, every tenth time with the monitor hook.
  virtual void housekeeping() noexcept = 0;

  /// The strongest order so far.
  [[nodiscard]] virtual Order order() const noexcept = 0;

  enum class Signal { Terminate, Kill };
  /// Only for a pid that next_death() could return, so that it cannot be somebody else's.
  virtual void send(int pid, Signal signal) noexcept = 0;
  /// Asks the child at the other end to give up its row. It answers with GaveUpRow or KeepsRow, or ends.
  virtual void ask_for_row(int lifeline) noexcept = 0;
  virtual void close_lifeline(int lifeline) noexcept = 0;

 protected:
  ~Processes() = default;
};

}  // namespace mpm
