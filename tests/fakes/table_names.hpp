#pragma once

#include "mpm/policy/connection_table.hpp"

#include <array>
#include <ostream>

namespace mpm {

inline constexpr std::array<const char*, states> state_names = {
    "Accepted", "Processing", "Flushing", "AwaitingIo", "KeptAlive", "Suspended", "Lingering", "Closed"};
inline constexpr std::array<const char*, events> event_names = {
    "Opened",    "Refused", "WantsFlush", "WantsIo", "WantsSuspend", "Finished", "Flushed",
    "MoreInput", "Yielded", "Blocked",    "Ready",   "Expired",      "Evicted",  "Drained"};
inline constexpr std::array<const char*, 7> then_names = {"Process", "Flush",  "Queue", "Park",
                                                          "LetGo",   "Linger", "Close"};

constexpr const char* name(State state) { return state_names[static_cast<std::size_t>(state)]; }
constexpr const char* name(Event event) { return event_names[static_cast<std::size_t>(event)]; }
constexpr const char* name(Then then) { return then_names[static_cast<std::size_t>(then)]; }

// How GoogleTest prints them.
inline void PrintTo(State state, std::ostream* out) { *out << name(state); }
inline void PrintTo(Event event, std::ostream* out) { *out << name(event); }
inline void PrintTo(Then then, std::ostream* out) { *out << name(then); }

}  // namespace mpm
