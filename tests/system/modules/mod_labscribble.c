/*
 * A child that was taken over: handler lab-scribble fills the whole scoreboard with ?byte=N, and answers, or
 * with &exit=1 ends the process at once. The child may write there; the control process must not believe it.
 */
#include <httpd.h>

#include <http_config.h>
#include <http_protocol.h>
#include <scoreboard.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

module AP_MODULE_DECLARE_DATA labscribble_module;

static size_t board_size; /* asking httpd sets what other threads read */

static int scribble(request_rec* r) {
  int byte;

  if (!r->handler || strcmp(r->handler, "lab-scribble")) {
    return DECLINED;
  }
  byte = r->args ? atoi(r->args + strlen("byte=")) : 0;
  memset(ap_scoreboard_image->global, byte, board_size);
  if (r->args && strstr(r->args, "exit=1")) {
    _exit(0);
  }
  ap_set_content_type(r, "text/plain");
  ap_rputs("done\n", r);
  return OK;
}

static void measure_board(apr_pool_t* p, server_rec* s) { board_size = (size_t)ap_calc_scoreboard_size(); }

static void register_hooks(apr_pool_t* p) {
  ap_hook_child_init(measure_board, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_handler(scribble, NULL, NULL, APR_HOOK_FIRST);
}

AP_DECLARE_MODULE(labscribble) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
