#pragma once

#include "mpm/base/guarded.hpp"
#include "mpm/base/list.hpp"
#include "mpm/base/time.hpp"
#include "mpm/ports/thread_states.hpp"

#include <array>
#include <cstddef>

namespace mpm {

/// A worker's place at the run queue. It stays where it is for the life of the child.
class Bench {
 public:
  Bench() = default;
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() = default;

  /// Rung when the worker is called.
  Bell bell;

 private:
  friend class Roster;
  friend struct Pretend;  // tests/fakes
  enum class Row { None, Sleeping, Running, Computing, Aside };

  Link<Bench> in_row_;
  Row row_ = Row::None;
  ThreadId thread_ = 0;
  Instant begun_{};  // when it took its work or was called
  Instant since_{};  // the same, or when it was last seen to want a processor
  bool called_ = false;
};

/// Sleepers that have been called and whose bells are to be rung once the lock is released.
class Calls {
 public:
  static constexpr std::size_t most = 64;

  void add(Bench& bench) noexcept { benches_[count_++] = &bench; }
  /// One was called that has no thread yet.
  void add_recruit() noexcept { for_recruits_ = true; }
  [[nodiscard]] bool full() const noexcept { return count_ == most; }
  /// Does the main thread have to start somebody?
  [[nodiscard]] bool for_recruits() const noexcept { return for_recruits_; }
  void ring() const noexcept {
    for (std::size_t i = 0; i < count_; ++i) benches_[i]->bell.ring();
  }

 private:
  std::array<Bench*, most> benches_;
  std::size_t count_ = 0;
  bool for_recruits_ = false;
};

/// Workers to look at: those that do not want a processor are blocked.
class Suspects {
 public:
  struct Suspect {
    Bench* bench;
    Instant since;
    ThreadId thread;
    bool wants_processor = false;
  };
  static constexpr std::size_t most = 16;

  void add(const Suspect& one) noexcept { all_[count_++] = one; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] bool full() const noexcept { return count_ == most; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] Suspect* begin() noexcept { return all_.data(); }
  [[nodiscard]] Suspect* end() noexcept { return begin() + count_; }
  [[nodiscard]] const Suspect* begin() const noexcept { return all_.data(); }
  [[nodiscard]] const Suspect* end() const noexcept { return begin() + count_; }

 private:
  std::array<Suspect, most> all_;
  std::size_t count_ = 0;
};

}  // namespace mpm
