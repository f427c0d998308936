#include "front/config_hooks.hpp"
#include "front/connection_hooks.hpp"
#include "front/control.hpp"
#include "front/directives.hpp"
#include "front/query.hpp"
#include "httpd/bulk_output.hpp"
#include "httpd/module.hpp"

#include <httpd.h>

#include <ap_mpm.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_protocol.h>
#include <mpm_common.h>

namespace {

using namespace mpm::front;

constexpr const char* before_core[] = {"core.c", nullptr};

void register_hooks(apr_pool_t*) noexcept {
  mpm::httpd::BulkOutput::register_filter();
  // The core's open_logs sends stderr to the log; what is wrong with a configuration must reach the terminal
  // before.
  ap_hook_open_logs(open_logs, nullptr, before_core, APR_HOOK_REALLY_FIRST);
  // Other modules' pre_config hooks ask for the MPM's state.
  ap_hook_pre_config(pre_config, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_check_config(check_config, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_post_config(post_config, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_mpm(run_control_process, nullptr, nullptr, APR_HOOK_MIDDLE);

  ap_hook_mpm_query(query, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_mpm_get_name(mpm_name, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_mpm_register_timed_callback(register_timed_callback, nullptr, nullptr, APR_HOOK_MIDDLE);

  ap_hook_pre_connection(pre_connection, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_protocol_switch(protocol_switch, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_pre_read_request(pre_read_request, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_post_read_request(post_read_request, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace

// Written out instead of MPM20_MODULE_STUFF, which would put this file's name into the record: other modules
// look for an MPM named event.c, and configurations ask <IfModule event.c>.
[[gnu::visibility("default")]] module_struct mpm_event_module = {
    .version = MODULE_MAGIC_NUMBER_MAJOR,
    .minor_version = MODULE_MAGIC_NUMBER_MINOR,
    .module_index = -1,
    .name = "event.c",
    .dynamic_load_handle = nullptr,
    .next = nullptr,
    .magic = MODULE_MAGIC_COOKIE,
    .rewrite_args = ap_mpm_rewrite_args,
    .create_dir_config = nullptr,
    .merge_dir_config = nullptr,
    .create_server_config = nullptr,
    .merge_server_config = nullptr,
    .cmds = commands,
    .register_hooks = register_hooks,
    .flags = 0,
};
