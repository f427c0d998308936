/* The handler lab-halves: a file in two buckets that have the same apr_file_t, with four bytes between them. */
#include <httpd.h>

#include <apr_buckets.h>
#include <http_config.h>
#include <http_protocol.h>
#include <util_filter.h>

static int handle(request_rec* r) {
  apr_file_t* file;
  apr_finfo_t what;
  apr_bucket_brigade* bb;
  apr_bucket_alloc_t* const from = r->connection->bucket_alloc;
  if (!r->handler || strcmp(r->handler, "lab-halves")) return DECLINED;
  if (apr_file_open(&file, r->filename, APR_FOPEN_READ, 0, r->pool) != APR_SUCCESS) return HTTP_NOT_FOUND;
  apr_file_info_get(&what, APR_FINFO_SIZE, file);
  ap_set_content_length(r, what.size + 4);
  bb = apr_brigade_create(r->pool, from);
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_file_create(file, 0, what.size / 2, r->pool, from));
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_immortal_create("----", 4, from));
  APR_BRIGADE_INSERT_TAIL(
      bb, apr_bucket_file_create(file, what.size / 2, what.size - what.size / 2, r->pool, from));
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(from));
  return ap_pass_brigade(r->output_filters, bb) == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static void register_hooks(apr_pool_t* p) { ap_hook_handler(handle, NULL, NULL, APR_HOOK_FIRST); }

AP_DECLARE_MODULE(labfiles) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
