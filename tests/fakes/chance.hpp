#pragma once

#include "fakes/tape.hpp"

#include <cstdint>

namespace mpm {

/// Random numbers that a seed decides (splitmix64), or choices from a tape until that ends. Deliberately
/// plain: two threads that use one at a time are a race that ThreadSanitizer sees.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  /// The tape is shared with whoever else reads it. After its end, `seed` decides.
  Chance(Tape& tape, std::uint64_t seed) : state_(seed), tape_(&tape) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// From 0 to below `bound`.
  int below(int bound) {
    if (tape_ && !tape_->at_end()) return tape_->below(bound);
    return static_cast<int>(next() % static_cast<std::uint64_t>(bound));
  }
  /// True in so many of a thousand cases.
  bool permille(int cases) {
    if (tape_ && !tape_->at_end()) return cases > 0 && tape_->below(256) * 1000 < cases * 256;
    return below(1000) < cases;
  }
  /// Another one, for somebody else: of the same tape, if there is one.
  Chance another() { return tape_ ? Chance(*tape_, next()) : Chance(next()); }
  /// Was all that happens from now on not written on the tape?
  [[nodiscard]] bool tape_ended() const { return tape_ && tape_->at_end(); }

 private:
  std::uint64_t state_;
  Tape* tape_ = nullptr;
};

}  // namespace mpm
