#pragma once

namespace mpm {

/// How a child process ended, as far as the control process cares.
enum class ExitKind {
  Clean,    ///< returned 0, or a code without a meaning of its own
  Sick,     ///< short of a resource (APEXIT_CHILDSICK): another one now would fare no better
  Fatal,    ///< cannot work at all (APEXIT_CHILDFATAL): neither will the next one
  Crashed,  ///< ended by a signal
};

/// Whose child it was.
enum class Origin { ThisGeneration, OlderGeneration };

/// What the end of a child means for the server.
enum class Consequence {
  None,
  GrowSlowly,   ///< remember the shortage; replace it at the tick, one by one
  IgnoreFatal,  ///< as GrowSlowly, and say so: the configuration that could not work is not the running one
  StopServer,   ///< fatal here and now
};

/// Pure. A child that was started just before a restart may find the files of its generation gone and end
/// fatally; that must not stop the server (httpd PR 39311).
constexpr Consequence consequence(ExitKind kind, Origin origin) noexcept {
  if (kind == ExitKind::Sick) return Consequence::GrowSlowly;
  if (kind != ExitKind::Fatal) return Consequence::None;
  return origin == Origin::OlderGeneration ? Consequence::IgnoreFatal : Consequence::StopServer;
}

/// When the place of a crashed child is filled: at once for the first three in a second, so that one bad
/// request costs nothing, then at the tick, so that children which all die early do not keep the machine
/// forking (httpd PR 65769). Owned by the control process.
class CrashStreak {
 public:
  enum class Refill { AtOnce, AtTick };
  struct Verdict {
    Refill refill;
    bool report;  ///< the third of a streak and every tenth after it

    friend constexpr bool operator==(const Verdict&, const Verdict&) = default;
  };

  constexpr Verdict crashed() noexcept {
    ++streak_;
    const Refill refill = ++in_this_second_ <= at_once ? Refill::AtOnce : Refill::AtTick;
    return {refill, streak_ % report_every == at_once};
  }

  /// Once a second. A second without a crash ends the streak.
  constexpr void tick() noexcept {
    if (in_this_second_ == 0) streak_ = 0;
    in_this_second_ = 0;
  }

 private:
  static constexpr int at_once = 3;
  static constexpr int report_every = 10;
  int in_this_second_ = 0;
  int streak_ = 0;
};

}  // namespace mpm
