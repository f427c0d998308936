#pragma once

#include <httpd.h>

#include <scoreboard.h>

namespace mpm::httpd {

/// Rows of httpd's scoreboard, found by httpd: a later 2.4 appends to them (ap_mmn.h), and a module that was
/// built before knows neither how long they are nor where the next begins. Any thread; for slots within
/// ServerLimit and ThreadLimit.
inline process_score& record_of(int slot) noexcept { return *ap_get_scoreboard_process(slot); }
inline worker_score& worker_of(int slot, int thread_slot) noexcept {
  return *ap_get_scoreboard_worker_from_indexes(slot, thread_slot);
}

}  // namespace mpm::httpd
