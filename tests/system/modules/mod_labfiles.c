/*
 * Files as handlers of modules pass them.
 *   lab-halves      in two buckets that have the same apr_file_t, with four bytes between them
 *   lab-works-on    at once, with the end of the response; returns when FILENAME.hang has gone
 *   lab-later       the request is suspended; a timed callback passes the file and finishes the request
 *   lab-ends-later  the file is passed at once, with the end of the response, and the request suspended; a timed
 *                   callback finishes it
 */
#include <httpd.h>

#include <ap_mpm.h>
#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>
#include <time.h>
#include <unistd.h>
#include <util_filter.h>

/* The file of the request, opened; `more` bytes will be in the response besides. */
static apr_file_t* open_file(request_rec* r, apr_off_t* size, apr_off_t more) {
  apr_file_t* file;
  apr_finfo_t what;
  if (apr_file_open(&file, r->filename, APR_FOPEN_READ, 0, r->pool) != APR_SUCCESS) return NULL;
  apr_file_info_get(&what, APR_FINFO_SIZE, file);
  *size = what.size;
  ap_set_content_length(r, what.size + more);
  return file;
}

static int pass(request_rec* r, apr_bucket_brigade* bb) {
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(r->connection->bucket_alloc));
  return ap_pass_brigade(r->output_filters, bb) == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static int pass_halves(request_rec* r) {
  apr_off_t size;
  apr_file_t* const file = open_file(r, &size, 4);
  apr_bucket_alloc_t* const from = r->connection->bucket_alloc;
  apr_bucket_brigade* bb = apr_brigade_create(r->pool, from);
  if (!file) return HTTP_NOT_FOUND;
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_file_create(file, 0, size / 2, r->pool, from));
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_immortal_create("----", 4, from));
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_file_create(file, size / 2, size - size / 2, r->pool, from));
  return pass(r, bb);
}

static int pass_whole(request_rec* r) {
  apr_off_t size;
  apr_file_t* const file = open_file(r, &size, 0);
  apr_bucket_brigade* bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
  if (!file) return HTTP_NOT_FOUND;
  apr_brigade_insert_file(bb, file, 0, size, r->pool);
  return pass(r, bb);
}

static int pass_and_work_on(request_rec* r) {
  const char* const hang = apr_pstrcat(r->pool, r->filename, ".hang", NULL);
  const struct timespec moment = {0, 5000000};
  const int passed = pass_whole(r);
  while (access(hang, F_OK) == 0) nanosleep(&moment, NULL);
  return passed;
}

static void finish(void* suspended) {
  request_rec* const r = suspended;
  apr_thread_mutex_lock(r->invoke_mtx); /* until the handler has returned */
  apr_thread_mutex_unlock(r->invoke_mtx);
  ap_finalize_request_protocol(r);
  ap_process_request_after_handler(r);
}

static void pass_and_finish(void* suspended) {
  request_rec* const r = suspended;
  apr_thread_mutex_lock(r->invoke_mtx);
  pass_whole(r);
  apr_thread_mutex_unlock(r->invoke_mtx);
  finish(r);
}

static int suspend(request_rec* r, ap_mpm_callback_fn_t* then) {
  ap_mpm_register_timed_callback(apr_time_from_msec(20), then, r);
  return SUSPENDED;
}

static int handle(request_rec* r) {
  if (!r->handler) return DECLINED;
  if (!strcmp(r->handler, "lab-halves")) return pass_halves(r);
  if (!strcmp(r->handler, "lab-works-on")) return pass_and_work_on(r);
  if (!strcmp(r->handler, "lab-later")) return suspend(r, pass_and_finish);
  if (strcmp(r->handler, "lab-ends-later")) return DECLINED;
  pass_whole(r);
  return suspend(r, finish);
}

static void register_hooks(apr_pool_t* p) { ap_hook_handler(handle, NULL, NULL, APR_HOOK_FIRST); }

AP_DECLARE_MODULE(labfiles) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
