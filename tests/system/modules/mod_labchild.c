/* Every answer says which child gave it: the header X-Child has its pid. */
#include <httpd.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_request.h>
#include <unistd.h>

static int tell(request_rec* r) {
  apr_table_setn(r->headers_out, "X-Child", apr_psprintf(r->pool, "%ld", (long)getpid()));
  return DECLINED;
}

static void register_hooks(apr_pool_t* p) { ap_hook_fixups(tell, NULL, NULL, APR_HOOK_MIDDLE); }

AP_DECLARE_MODULE(labchild) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
