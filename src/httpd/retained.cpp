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

// One digit more whenever the meaning of the record changes but its size does not.
constexpr int layout = 1;
constexpr std::size_t size_of_all = sizeof(Retained) + sizeof(Seat) + sizeof(BucketMemory);

using Key = std::array<char, 48>;

Key key() noexcept {
  Key name{};
  std::snprintf(name.data(), name.size(), "mod_mpm_event.cpp/%d/%zu", layout, size_of_all);
  return name;
}

template <class T>
T* make_array(int count) noexcept {
  void* const raw = apr_palloc(ap_pglobal, sizeof(T) * static_cast<std::size_t>(count));
  T* const first = static_cast<T*>(raw);
  std::uninitialized_value_construct_n(first, count);
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

std::span<Seat> Retained::take_seats(int server_limit) noexcept {
  if (!seats) seats = make_array<Seat>(server_limit);
  return {seats, static_cast<std::size_t>(server_limit)};
}

void Retained::forget_children() noexcept {
  for (int i = 0; seats && i < memory.pinned.server_limit; ++i) {
    if (seats[i].lifeline >= 0) ::close(seats[i].lifeline);
    seats[i] = Seat{};
  }
  memory.seats_used = 0;
  for (int i = 0; i < buckets_capacity; ++i) buckets[i].old_pod = -1;
}

void Retained::resize_buckets(int count) noexcept {
  const int present = std::min(mpm->num_buckets, buckets_capacity);
  if (buckets_capacity < count) {
    const int capacity = std::max(count, 2 * buckets_capacity);
    buckets = std::copy_n(buckets, present, make_array<BucketMemory>(capacity)) - present;
    spawn_rates = std::copy_n(spawn_rates, present, make_array<int>(capacity)) - present;
    buckets_capacity = capacity;
  }
  const int rate = present > 0 ? *std::max_element(spawn_rates, spawn_rates + present) : 1;
  if (count > present) std::fill(spawn_rates + present, spawn_rates + count, rate);
  mpm->num_buckets = count;
  mpm->max_buckets = std::max(mpm->max_buckets, count);
}

}  // namespace mpm::httpd
