#pragma once

#include "mpm/policy/limits.hpp"

/// httpd's command_rec, from http_config.h.
struct command_struct;

namespace mpm::front {

/// The directives of this module, each with its setter and its place: the server's own configuration, nowhere
/// else. A value that is not a number, or does not fit, is an error that names directive and value; a number
/// that makes no sense is kept, for enforce() to correct. Constant-initialised; ends with a nameless row.
/// Used by the parent's thread while it reads the configuration.
extern const command_struct commands[];

/// Where the setters put what they read: the Runtime's directives, from pre_config until the next reading of
/// the configuration. Defined in front/runtime.cpp. The parent's thread only.
Directives& directives_in_progress() noexcept;

}  // namespace mpm::front
