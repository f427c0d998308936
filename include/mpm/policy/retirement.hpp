#pragma once

namespace mpm {

/// While a child drains: may one of its `workers` living workers leave? A worker is surplus as soon as there
/// are more of them than open connections. Pure; any thread.
constexpr bool may_retire(int workers, int open_connections) noexcept { return workers > open_connections; }

}  // namespace mpm
