#pragma once

#include "mpm/policy/limits.hpp"

#include <httpd.h>

namespace mpm::front {

/// Who reads the corrections: the operator who starts the server, at the terminal, or later the log.
enum class Audience { Console, Log };

/// Warns of each correction, in order, with the AH number and level that stock has for it. `server` is the
/// one whose log is used; on the console only what has no wording for it (a pinned limit) goes there. The
/// parent's thread, from check_config.
void tell(const Adjustments& adjustments, Audience audience, const server_rec* server) noexcept;

}  // namespace mpm::front
