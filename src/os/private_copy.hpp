#pragma once

#include <cstddef>

namespace mpm::os {

/// Replaces memory that this process shares with others by a copy of its own, at the same addresses, so that
/// every pointer to it stays valid. From the moment at which this returns no thread of this process writes to
/// the shared memory or sees it change; what other threads write meanwhile may be missing in the copy. The
/// memory must have its pages for itself. Any thread.
///
/// False where that is not possible, or for want of memory for the copy: nothing has changed then. (Linux can
/// fail between taking the old pages away and putting the new ones there, if it has no memory for its own
/// records. Who touches these addresses then crashes: the process is lost, and no other one.)
[[nodiscard]] bool make_private(void* begin, std::size_t size) noexcept;

}  // namespace mpm::os
