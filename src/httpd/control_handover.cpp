#include "httpd/control_handover.hpp"

#include "httpd/child_records_image.hpp"
#include "httpd/inheritance.hpp"
#include "httpd/order_signals.hpp"

namespace mpm::httpd {

int ControlHandover::begin_generation() noexcept {
  ChildRecordsImage::show_generation(++retained_.mpm->my_generation);
  return retained_.mpm->my_generation;
}

void ControlHandover::block_orders() noexcept { httpd::block_orders(); }

void ControlHandover::unblock_orders() noexcept { httpd::unblock_orders(); }

void ControlHandover::block_all_but_stop() noexcept { httpd::block_all_but_stop(); }

void ControlHandover::bequeath_sockets() noexcept { listeners_.bequeath_sockets(retained_, plog_); }

void ControlHandover::bequeath_pipes() noexcept { listeners_.bequeath_pipes(retained_, plog_); }

void ControlHandover::bequeath_older_pipes() noexcept {
  for (int i = 0; PipeOfDeath & pod : older_) {
    retained_.old_pods[i++] = bequeath(pod.write_end(), plog_);
    pod.let_go();
  }
}

}  // namespace mpm::httpd
