#pragma once

#include <cstdint>
#include <span>

namespace mpm {

/// Choices that are written down, a byte or two for each. At most 65536 ways to choose from.
class Tape {
 public:
  explicit Tape(std::span<const std::uint8_t> bytes) : left_(bytes) {}

  [[nodiscard]] bool at_end() const { return left_.empty(); }
  /// From 0 to below `bound`; the greater byte is the greater choice.
  int below(int bound) {
    constexpr int ways = 256;
    if (bound <= ways) return byte() * bound / ways;
    const int high = byte();
    return static_cast<int>(std::int64_t{bound} * (high * ways + byte()) / (ways * ways));
  }

 private:
  int byte() {
    if (left_.empty()) return 0;
    const int first = left_.front();
    left_ = left_.subspan(1);
    return first;
  }

  std::span<const std::uint8_t> left_;
};

}  // namespace mpm
