#pragma once

#include <cstdint>

namespace mpm {

/// Random numbers that a seed decides (splitmix64). Deliberately plain: two threads that use one at a time
/// are a race that ThreadSanitizer sees.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// From 0 to below `bound`.
  int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }
  /// True in so many of a thousand cases.
  bool permille(int cases) { return below(1000) < cases; }

 private:
  std::uint64_t state_;
};

}  // namespace mpm
