#pragma once

#include "mpm/policy/control_memory.hpp"

#include <span>
#include <type_traits>

#include <unixd.h>

struct ap_listen_rec;

namespace mpm::httpd {

/// A listening socket of a bucket that the next configuration takes over, so that a reload does not reset the
/// connections that wait in it. Bucket 0 is httpd's own list, which httpd keeps itself.
struct KeptSocket {
  int fd = -1;
  int bucket = 0;
  /// httpd's own record beside which it was opened. httpd keeps that for as long as configurations listen to
  /// the same address, and never gives its memory back. Never looked into here. The addresses themselves do
  /// not say what belongs together: beside httpd's [::]:80 it opens a 0.0.0.0:80.
  const ap_listen_rec* httpds = nullptr;
};

/// What survives when httpd unloads this module and loads it again, at every restart: plain data in memory of
/// httpd's own, without pointers to code. It is kept under a name with its size in it, so that another
/// version of this module, or stock's, never reads it as its own. Control process; a child has a copy from
/// the moment of the fork.
struct Retained {
  ap_unixd_mpm_retained_data* mpm = nullptr;
  ControlMemory memory;
  Seat* seats = nullptr;  ///< as many as there are places, once the server runs

  int* spawn_rates = nullptr;  ///< one per bucket, see SpawnPolicy
  /// One per bucket: write end of the pipe of death whose children belong to the generation before and have
  /// not been asked to leave yet; -1 if there is none.
  int* old_pods = nullptr;
  int buckets_capacity = 0;

  KeptSocket* kept_sockets = nullptr;
  int kept_count = 0;
  int kept_capacity = 0;

  /// The record of this server; made by the first call.
  static Retained& get() noexcept;

  /// Forgets the children: another MPM ran meanwhile, and they are not what they were.
  void forget_children() noexcept;

  /// All seats, made when first asked for. `server_limit` is pinned, so every call asks for as many.
  [[nodiscard]] std::span<Seat> places(int server_limit) noexcept;

  /// Makes room for `count` buckets. New ones start at the highest rate among the present ones, to be filled
  /// as quickly. Sets the number of buckets.
  void resize_buckets(int count) noexcept;

  void add_kept_socket(const KeptSocket& socket) noexcept;
};

static_assert(std::is_trivially_copyable_v<Retained> && std::is_standard_layout_v<Retained>);
static_assert(std::is_trivially_copyable_v<Seat> && std::is_standard_layout_v<Seat>);
static_assert(std::is_trivially_copyable_v<KeptSocket> && std::is_standard_layout_v<KeptSocket>);
static_assert(std::is_trivially_copyable_v<ControlMemory> && std::is_standard_layout_v<ControlMemory>);

}  // namespace mpm::httpd
