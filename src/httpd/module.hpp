#pragma once

#include <httpd.h>

#include <http_log.h>

/// Declares mpm_event_module. The log lines of each file that includes this are the module's: LogLevel
/// mpm_event:… applies to them.
APLOG_USE_MODULE(mpm_event);
