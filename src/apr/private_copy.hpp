#pragma once

#include <cstddef>

namespace mpm::apr {

/// Replaces memory that this process shares with others by a copy of its own, at the same addresses, so that
/// every pointer to it stays valid. From the moment at which this returns no thread of this process writes to
/// the shared memory or sees it change; what other threads write meanwhile may be missing in the copy. The
/// memory must have its pages for itself. Any thread.
///
/// False where that is not possible, or for want of memory: nothing has changed then.
[[nodiscard]] bool make_private(void* begin, std::size_t size) noexcept;

}  // namespace mpm::apr
