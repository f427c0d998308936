#pragma once

#include <ap_mpm.h>
#include <apr_errno.h>

namespace mpm::front {

/// ap_mpm_query(): any thread of the parent or of a child, at any time after this module was loaded.
int query(int code, int* result, apr_status_t* status) noexcept;

/// ap_mpm_get_name(): "event", as modules compare it.
const char* mpm_name() noexcept;

/// ap_mpm_register_timed_callback(): any thread of a child. Elsewhere there is nobody to call back:
/// APR_ENOTIMPL.
apr_status_t register_timed_callback(apr_time_t after, ap_mpm_callback_fn_t* callback, void* baton) noexcept;

}  // namespace mpm::front
