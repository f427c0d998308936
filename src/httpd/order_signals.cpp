#include "httpd/order_signals.hpp"

#include <initializer_list>

#include <httpd.h>

#include <mpm_common.h>

namespace mpm::httpd {
namespace {

sigset_t orders() noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, AP_SIG_GRACEFUL, AP_SIG_GRACEFUL_STOP})
    sigaddset(&set, signal);
  return set;
}

void change_mask(int how, const sigset_t& set) noexcept { ::pthread_sigmask(how, &set, nullptr); }

apr_status_t unblock(void*) noexcept {
  unblock_orders();
  return APR_SUCCESS;
}

}  // namespace

void expect_children() noexcept {
  struct sigaction present {};
  if (::sigaction(SIGCHLD, nullptr, &present) == 0 && present.sa_handler == SIG_IGN)
    std::signal(SIGCHLD, SIG_DFL);
}

void block_orders() noexcept { change_mask(SIG_BLOCK, orders()); }

void unblock_orders() noexcept { change_mask(SIG_UNBLOCK, orders()); }

void block_all_but_stop() noexcept {
  sigset_t set = orders();
  for (const int signal : {SIGTERM, SIGINT}) sigdelset(&set, signal);
  change_mask(SIG_BLOCK, set);
}

// Cleanups run in the reverse order of their registration: this one after the one with which httpd forgets.
void unblock_orders_with(apr_pool_t* pconf) noexcept {
  apr_pool_cleanup_register(pconf, nullptr, unblock, apr_pool_cleanup_null);
}

OrdersBlocked::OrdersBlocked() noexcept {
  const sigset_t set = orders();
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

OrdersBlocked::~OrdersBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace mpm::httpd
