#pragma once

#include <algorithm>
#include <cstddef>

namespace mpm {

/// What is in a brigade that enters BulkOutput, above all other filters of the connection.
struct BrigadeSummary {
  std::size_t bulk = 0;        ///< bytes in files that need not be read yet
  bool ends = false;           ///< the response ends here: its length is known
  bool has_data = false;       ///< it is not metadata alone
  bool must_pass_now = false;  ///< something in it must be sent, or cannot be kept
};

/// Which responses are fed to the client a piece at a time, so that a slow reader holds no worker
/// (docs/adr/0022). Pure; any thread.
namespace bulk {

/// What the filters below may hold without waiting for the client is FlushMaxThreshold, by default as much as
/// this; a response that fits needs no care.
inline constexpr std::size_t small = std::size_t{64} * 1024;

/// The longest piece whose bytes filters below change. Two TLS records: in no case too long for what may be
/// held below when encrypted, and long enough for the cost of a piece to be that of the bytes in it.
inline constexpr std::size_t changed_piece = std::size_t{32} * 1024;

/// More at a time is hardly cheaper, and a kernel that is short of memory takes less than it has said.
inline constexpr std::size_t most_in_kernel = std::size_t{256} * 1024;

/// Smaller pieces cost more in calls than in bytes. With a FlushMaxThreshold below this, filters may still
/// make a worker wait.
inline constexpr std::size_t smallest_piece = std::size_t{8} * 1024;

/// What TCP over IPv4 may always send in one (RFC 9293, 3.7.1).
inline constexpr int small_segment = 536;

/// What a kernel may account for each segment besides its data. Linux 6.18: 831 bytes, on x86-64.
inline constexpr std::size_t around_a_segment = 1280;

constexpr bool is_worth_holding(const BrigadeSummary& what) noexcept {
  return what.ends && !what.must_pass_now && what.bulk > small;
}

/// Whether it is kept behind what is held already: the end of the same response is. Data is that of a next
/// one, from who answers pipelined requests without leaving them to the MPM: that must meet httpd's flow
/// control.
constexpr bool may_follow(const BrigadeSummary& what) noexcept {
  return !what.must_pass_now && !what.has_data;
}

/// How much data the kernel takes for certain if it has `room` as it counts it, and the data may become
/// segments of no more than `segment` bytes: to a client with a tiny window, less than half of that is data.
constexpr std::size_t data_in(std::size_t room, std::size_t segment) noexcept {
  return std::min(room / 4 * 3, room / (segment + around_a_segment) * segment);
}

/// How much to feed next, if the filters below wait for the client when they hold more than `kept`, and the
/// kernel takes so much data. A client that is as fast as the server gets large pieces, a slow one small
/// ones.
constexpr std::size_t next_piece(std::size_t kept, std::size_t kernel_takes) noexcept {
  return std::clamp(kept, smallest_piece, small) + std::min(kernel_takes, most_in_kernel);
}

/// The same, if they change the bytes, as TLS does: these get longer, a little.
constexpr std::size_t next_changed_piece(std::size_t kept) noexcept {
  return std::clamp(kept - kept / 16, smallest_piece, changed_piece);
}

/// How much to feed to filters that hold something already, perhaps all that they keep without waiting.
constexpr std::size_t first_piece(std::size_t kernel_takes) noexcept {
  return std::min(kernel_takes, most_in_kernel);
}

/// The same, if they change the bytes.
constexpr std::size_t first_changed_piece(std::size_t kernel_takes) noexcept {
  return std::min(kernel_takes / 2, changed_piece);
}

}  // namespace bulk
}  // namespace mpm
