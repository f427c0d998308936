#include "apr/pollset.hpp"

#include <apr_errno.h>

namespace mpm::apr {
namespace {

PollableSocket& pollable(Watched& socket) noexcept { return static_cast<PollableSocket&>(socket); }

}  // namespace

std::optional<Pollset> Pollset::open(apr_pool_t* pool, std::uint32_t size, apr_status_t& why) noexcept {
  constexpr std::uint32_t flags = APR_POLLSET_THREADSAFE | APR_POLLSET_NOCOPY | APR_POLLSET_WAKEABLE;
  Pool own = Pool::below(pool, "pollset");
  if (!own) {
    why = APR_ENOMEM;
    return std::nullopt;
  }
  apr_pollset_t* raw = nullptr;
  for (const apr_pollset_method_e method : {APR_POLLSET_KQUEUE, APR_POLLSET_PORT, APR_POLLSET_EPOLL}) {
    why = apr_pollset_create_ex(&raw, size, own.get(), flags | APR_POLLSET_NODEFAULT, method);
    if (why == APR_SUCCESS) return Pollset(std::move(own), raw);
  }
  why = apr_pollset_create(&raw, size, own.get(), flags);
  return why == APR_SUCCESS ? std::optional(Pollset(std::move(own), raw)) : std::nullopt;
}

Status Pollset::watch(Watched& socket, Sense sense) noexcept {
  apr_pollfd_t& record = pollable(socket).record_;
  record.client_data = &socket;
  // Some backends report an error only if it was asked for.
  record.reqevents = static_cast<apr_int16_t>(
      (sense == Sense::Readable ? APR_POLLIN | APR_POLLHUP : APR_POLLOUT) | APR_POLLERR);
  return Status(apr_pollset_add(raw_, &record));
}

Status Pollset::forget(Watched& socket) noexcept {
  return Status(apr_pollset_remove(raw_, &pollable(socket).record_));
}

Poller::Found Pollset::wait(const OnListener&, std::optional<std::chrono::milliseconds> longest) noexcept {
  const apr_interval_time_t timeout = longest ? apr_time_from_msec(longest->count()) : -1;
  apr_int32_t count = 0;
  const apr_pollfd_t* found = nullptr;
  const apr_status_t polled = apr_pollset_poll(raw_, timeout, &count, &found);
  if (polled != APR_SUCCESS) {
    const bool nothing_happened = APR_STATUS_IS_TIMEUP(polled) || APR_STATUS_IS_EINTR(polled);
    return {Status(nothing_happened ? APR_SUCCESS : polled), {}};
  }
  ready_.clear();
  for (const apr_pollfd_t& one : std::span(found, static_cast<std::size_t>(count))) {
    ready_.push_back(static_cast<Watched*>(one.client_data));
  }
  return {Status::ok(), ready_};
}

bool Pollset::is_ready(const Watched& socket) const noexcept {
  apr_pollfd_t asked = static_cast<const PollableSocket&>(socket).record_;
  apr_int32_t count = 0;
  return !APR_STATUS_IS_TIMEUP(apr_poll(&asked, 1, &count, 0));
}

}  // namespace mpm::apr
