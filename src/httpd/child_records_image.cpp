#include "httpd/child_records_image.hpp"

#include "httpd/compat.hpp"
#include "httpd/scoreboard_rows.hpp"

#include <ap_mpm.h>
#include <mpm_common.h>
#include <scoreboard.h>

namespace mpm::httpd {
namespace {

// mod_status only asks whether this is zero. 1 is what the child writes, 2 what the control process has seen.
constexpr char draining_seen = 2;

}  // namespace

void ChildRecordsImage::enter(int slot, int pid, int generation) noexcept {
  restore(slot, pid, generation);
  ap_run_child_status(server_, pid, generation, slot, MPM_CHILD_STARTED);
}

void ChildRecordsImage::exited(int slot, int pid, int generation) noexcept {
  mark_dead(slot);
  ap_run_child_status(server_, pid, generation, slot, MPM_CHILD_EXITED);
  clear(slot);
}

void ChildRecordsImage::give_up(int slot, int pid, int generation) noexcept {
  mark_dead(slot);
  ap_run_child_status(server_, pid, generation, slot, MPM_CHILD_LOST_SLOT);
  ap_register_extra_mpm_process(pid, generation);
  clear(slot);
}

void ChildRecordsImage::exited_without_row(int pid, int generation) noexcept {
  ap_generation_t known = 0;
  ap_unregister_extra_mpm_process(pid, &known);
  ap_run_child_status(server_, pid, generation, -1, MPM_CHILD_EXITED);
}

void ChildRecordsImage::mark_dead(int slot) const noexcept {
  // All that the scoreboard has: this child may have had more threads than the present configuration gives
  // one.
  for (int thread = 0; thread < threads_.limit; ++thread)
    if (worker_of(slot, thread).status != SERVER_DEAD)
      ap_update_child_status_from_indexes(slot, thread, SERVER_DEAD, nullptr);
}

void ChildRecordsImage::clear(int slot) noexcept {
  process_score& free = record_of(slot);
  free.not_accepting = 0;
  free.quiescing = 0;
  free.pid = 0;
  // A child that crashed has left its connections in the columns; the next one counts from zero.
  free.connections = free.write_completion = free.lingering_close = free.keep_alive = free.suspended = 0;
  if (apr_uint32_t* const wait_io = wait_io_column(free)) *wait_io = 0;
}

void ChildRecordsImage::mark_draining(int slot) noexcept { record_of(slot).quiescing = draining_seen; }

ThreadCount ChildRecordsImage::threads(int slot) const noexcept {
  ThreadCount count;
  for (int thread = 0; thread < threads_.per_child; ++thread) {
    const int status = worker_of(slot, thread).status;
    if (status == SERVER_DEAD) ++count.vacant;
    if (status == SERVER_STARTING || status == SERVER_READY) ++count.idle;
    if (status == SERVER_STARTING) ++count.reserve;
    if (status >= SERVER_READY && status < SERVER_GRACEFUL) ++count.active;
  }
  return count;
}

bool ChildRecordsImage::is_accepting(int slot) const noexcept { return record_of(slot).not_accepting == 0; }

bool ChildRecordsImage::is_draining(int slot) const noexcept { return record_of(slot).quiescing != 0; }

void ChildRecordsImage::show_generation(int generation) noexcept {
  ap_scoreboard_image->global->running_generation = generation;
}

void ChildRecordsImage::restore(int slot, int pid, int generation) noexcept {
  record_of(slot).pid = pid;
  record_of(slot).generation = generation;
}

}  // namespace mpm::httpd
