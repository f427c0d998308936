#include "httpd/httpd_presence.hpp"

#include <httpd.h>

#include <http_log.h>
#include <mpm_common.h>

namespace mpm::httpd {

void HttpdPresence::stop_listening() noexcept { listeners_.close_sockets(); }

void HttpdPresence::remove_pid_file() noexcept { ap_remove_pid(pconf_, ap_pid_fname); }

}  // namespace mpm::httpd
