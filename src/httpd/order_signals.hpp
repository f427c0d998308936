#pragma once

#include <csignal>

#include <apr_pools.h>

namespace mpm::httpd {

// The signals of the control process. Those that bring the operator's orders have handlers of httpd's
// (ap_unixd_mpm_set_signals), which only note the order, so it is enough to block them where one would be
// missed, forgotten or misunderstood. Control process only; its one thread's mask.

/// Before there are children, of modules' as well: whoever started httpd may have left SIGCHLD ignored, and
/// the kernel would collect them itself (wait(2)).
void expect_children() noexcept;

/// While httpd's handlers are not installed yet; and at the end of a configuration until httpd has cleared
/// it, because it forgets the orders that come in between (unblock_orders_with).
void block_orders() noexcept;
void unblock_orders() noexcept;

/// For a graceful stop, to its end: httpd's handlers would make an order to restart look like one to stop.
void block_all_but_stop() noexcept;

/// Once httpd has cleared this configuration. To be called before ap_unixd_mpm_set_signals().
void unblock_orders_with(apr_pool_t* pconf) noexcept;

/// Blocks them for as long as it lives.
class OrdersBlocked {
 public:
  OrdersBlocked() noexcept;
  ~OrdersBlocked();
  OrdersBlocked(const OrdersBlocked&) = delete;
  OrdersBlocked& operator=(const OrdersBlocked&) = delete;

  /// The mask as it was, and will be again.
  [[nodiscard]] const sigset_t& before() const noexcept { return before_; }

 private:
  sigset_t before_;
};

}  // namespace mpm::httpd
