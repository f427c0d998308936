#pragma once

#include <httpd.h>

#include <ap_release.h>

namespace mpm::httpd {

/// Is the httpd that runs this older than the one whose headers this was built with? It may lack what the
/// headers promise, and its scoreboard have shorter rows: nothing else here may run there. A later 2.4 keeps
/// what earlier ones have (ap_mmn.h). Any thread.
inline bool is_older_than_its_headers() noexcept {
  ap_version_t running{};
  ap_get_server_revision(&running);
  return running.patch < AP_SERVER_PATCHLEVEL_NUMBER;
}

}  // namespace mpm::httpd
