#include "httpd/control_handover.hpp"

#include "httpd/child_records_image.hpp"
#include "httpd/legacy.hpp"
#include "httpd/process_control.hpp"

namespace mpm::httpd {

int ControlHandover::begin_generation() noexcept {
  ChildRecordsImage::show_generation(++retained_.mpm->my_generation);
  return retained_.mpm->my_generation;
}

void ControlHandover::hold_orders() noexcept { ProcessControl::hold_orders(); }

void ControlHandover::release_orders() noexcept { ProcessControl::release_orders(); }

void ControlHandover::hold_all_but_stop() noexcept { ProcessControl::hold_all_but_stop(); }

void ControlHandover::leave_sockets() noexcept { listeners_.bequeath_sockets(retained_, plog_); }

void ControlHandover::leave_pipes() noexcept { listeners_.bequeath_pods(retained_, plog_); }

void ControlHandover::leave_older_pipes() noexcept {
  for (int i = 0; PipeOfDeath & pod : older_) {
    retained_.old_pods[i++] = leave(pod.write_end(), plog_);
    pod.let_go();
  }
}

}  // namespace mpm::httpd
