#include "httpd/retained.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>

#include <http_config.h>
#include <http_main.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

// One more whenever the meaning of the record changes but its size does not.
constexpr int layout = 1;
constexpr std::size_t size_of_all = sizeof(Retained) + sizeof(Seat) + sizeof(KeptSocket);

using Key = std::array<char, 48>;

Key key() noexcept {
  Key name{};
  std::snprintf(name.data(), name.size(), "mod_mpm_event.cpp/%d/%zu", layout, size_of_all);
  return name;
}

/// A bigger array with the first `kept` elements of `old`. The memory of the old one is not given back; as
/// capacities double, that is never more than is in use.
template <class T>
T* grown(const T* old, int kept, int capacity) noexcept {
  T* const first = static_cast<T*>(apr_palloc(ap_pglobal, sizeof(T) * static_cast<std::size_t>(capacity)));
  std::uninitialized_copy_n(old, kept, first);
  std::uninitialized_value_construct_n(first + kept, capacity - kept);
  return first;
}

}  // namespace

Retained& Retained::get() noexcept {
  const Key name = key();
  if (void* const kept = ap_retained_data_get(name.data())) return *static_cast<Retained*>(kept);
  auto* const made = ::new (ap_retained_data_create(name.data(), sizeof(Retained))) Retained;
  made->mpm = ap_unixd_mpm_get_retained_data();
  return *made;
}

void Retained::forget_children() noexcept {
  for (int i = 0; seats && i < places_for(memory.pinned.server_limit); ++i) {
    if (seats[i].lifeline >= 0) ::close(seats[i].lifeline);
    seats[i] = Seat{};
  }
  memory.seats_used = 0;
}

std::span<Seat> Retained::places(int server_limit) noexcept {
  const int places = places_for(server_limit);
  if (!seats) seats = grown<Seat>(nullptr, 0, places);
  return {seats, static_cast<std::size_t>(places)};
}

void Retained::resize_buckets(int count) noexcept {
  const int present = std::min(mpm->num_buckets, buckets_capacity);
  if (buckets_capacity < count) {
    const int capacity = std::max(count, 2 * buckets_capacity);
    spawn_rates = grown(spawn_rates, present, capacity);
    old_pods = grown(old_pods, present, capacity);
    std::fill(old_pods + present, old_pods + capacity, -1);
    buckets_capacity = capacity;
  }
  const int rate = present > 0 ? *std::max_element(spawn_rates, spawn_rates + present) : 1;
  if (count > present) std::fill(spawn_rates + present, spawn_rates + count, rate);
  mpm->num_buckets = count;
}

void Retained::add_kept_socket(const KeptSocket& socket) noexcept {
  if (kept_count == kept_capacity) {
    kept_capacity = std::max(8, 2 * kept_capacity);
    kept_sockets = grown(kept_sockets, kept_count, kept_capacity);
  }
  kept_sockets[kept_count++] = socket;
}

}  // namespace mpm::httpd
