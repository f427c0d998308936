#pragma once

#include "mpm/policy/child_exit.hpp"
#include "mpm/policy/spawn_policy.hpp"
#include "mpm/ports/control_journal.hpp"
#include "mpm/ports/death_pipe.hpp"
#include "parent/child_table.hpp"
#include "parent/nursery.hpp"

#include <optional>
#include <span>
#include <vector>

namespace mpm {

/// Keeps the number of children right: by the spare threads once a second, and at once where a child has
/// left. Control process only.
class Maintenance {
 public:
  struct Tools {
    ChildTable& children;
    Nursery& nursery;
    std::span<DeathPipe* const> pods;  ///< of this generation, one per bucket
    ControlJournal& journal;
  };
  Maintenance(const Tools& tools, const SpawnPolicy& policy) noexcept;

  /// Starts so many children now; those that find no free seat are started as seats become free.
  void start(int children) noexcept;

  /// A child of this bucket and generation has begun to drain, or has ended.
  void departed(int bucket) noexcept;
  /// An active child of this bucket was ended by a signal.
  void crashed(int bucket) noexcept;
  /// A child of this bucket left for want of a resource.
  void fell_sick(int bucket) noexcept;

  /// Starts what the events since the last call have made necessary.
  void settle(Instant now) noexcept;
  /// Whether children wait to be started for want of a seat.
  [[nodiscard]] bool is_short_of_seats() const noexcept;
  /// When settle() should be called again even if nothing happens.
  [[nodiscard]] std::optional<Instant> unsettled_until() const noexcept;

  /// This configuration ends: from now on deaths are wanted, and no row of crashes is reported.
  void expect_deaths() noexcept { deaths_are_wanted_ = true; }

  enum class Outlook { Fine, Hopeless };
  /// Once a second. Hopeless: children fall sick, and this server has never had a healthy one. Later on a
  /// shortage is waited for: it will end, and until then old children may serve.
  [[nodiscard]] Outlook tick() noexcept;

 private:
  /// What one bucket still wants, apart from what a tick decides.
  struct Wants {
    int refills = 0;     // crashed children, replaced one by one
    int successors = 0;  // replaced as far as spare threads are missing
  };
  [[nodiscard]] Outlook outlook() noexcept;
  [[nodiscard]] Census new_census(int bucket) noexcept;
  void maintain(int bucket) noexcept;
  int start_in(int bucket, int wanted) noexcept;
  void refill(int bucket) noexcept;
  void start_successors(int bucket, Instant now) noexcept;
  [[nodiscard]] int allowed() const noexcept;

  void act(int bucket, const Census& census, Hold) noexcept;
  void act(int bucket, const Census& census, const Fork& fork) noexcept;
  void act(int bucket, const Census& census, RetireOne) noexcept;
  void act(int bucket, const Census& census, RetireLater) noexcept;
  void act(int bucket, const Census& census, Saturated how) noexcept;
  void act(int bucket, const Census& census, ScoreboardFull) noexcept;
  void act(int bucket, const Census& census, ActiveLimitReached) noexcept;

  const Tools tools_;
  SpawnPolicy policy_;
  CrashStreak crashes_;
  ForkBudget budget_;
  std::vector<Wants> wants_;
  int to_start_ = 0;
  int ticks_in_health_ = 0;
  bool deaths_are_wanted_ = false;
};

}  // namespace mpm
