#pragma once

#include "httpd/listen_records.hpp"
#include "httpd/retained.hpp"
#include "mpm/ports/processes.hpp"
#include "mpm/ports/server_presence.hpp"

#include <vector>

#include <httpd.h>

#include <poll.h>

namespace mpm::httpd {

/// What a new child does: its whole life, up to its exit code.
struct ChildLife {
  int (*live)(void* with, Place place) noexcept = nullptr;
  void* with = nullptr;
};

/// fork(2), waitpid(2), ppoll(2), and the signals for which ap_unixd_mpm_set_signals() has installed httpd's
/// handlers. They are blocked while this looks at what they left and falls asleep, so that none is missed in
/// between; around a fork; until httpd's handlers are there; from the end of a configuration until httpd has
/// cleared it; and, but for those to stop, through a graceful stop. Programs that modules start inherit the
/// usual mask. No handler of ours exists: one that lived in this library would crash httpd if its signal came
/// while the library is being reloaded (httpd PR 60487).
class ProcessControl final : public Processes {
 public:
  struct Origin {
    apr_pool_t* pconf;
    server_rec* server;
  };
  ProcessControl(const Origin& origin, Retained& retained, ListenRecords& listeners,
                 const ChildLife& life) noexcept
      : origin_(origin), retained_(retained), listeners_(listeners), life_(life) {}

  [[nodiscard]] Forked fork_child(Place place) noexcept override;
  [[nodiscard]] std::span<const Message> wait(const Vigil& vigil) noexcept override;
  [[nodiscard]] std::optional<Death> next_death() noexcept override;
  Claim offer_to_modules(const Death& death) noexcept override;
  [[nodiscard]] bool has_other_children() const noexcept override;
  void tell_modules_of_restart() noexcept override;
  void housekeeping() noexcept override;
  [[nodiscard]] Order order() const noexcept override;
  void send(int pid, Signal signal) noexcept override;
  void ask_for_row(int lifeline) noexcept override;
  void close_lifeline(int lifeline) noexcept override;

  /// Holds orders back: while httpd's handlers are not installed yet; and, after release_orders_with(), at
  /// the end of a configuration until httpd has cleared it, because it forgets those that come in between.
  static void hold_orders() noexcept;
  static void release_orders() noexcept;
  /// For a graceful stop, to its end: httpd's handlers would make an order to restart look like one to stop.
  static void hold_all_but_stop() noexcept;
  static void release_orders_with(apr_pool_t* pconf) noexcept;

 private:
  void forget_orders() noexcept;
  [[noreturn]] void become_child(Place place, int lifeline) noexcept;
  void listen_to(int seat, int lifeline) noexcept;

  const Origin origin_;
  Retained& retained_;
  ListenRecords& listeners_;
  const ChildLife life_;
  std::vector<pollfd> polled_;
  std::vector<int> seats_;  ///< of those polled
  std::vector<Message> heard_;

  int ticks_ = 0;
};

/// The listening sockets and the pid file.
class HttpdPresence final : public ServerPresence {
 public:
  HttpdPresence(apr_pool_t* pconf, ListenRecords& listeners) noexcept
      : pconf_(pconf), listeners_(listeners) {}
  void stop_listening() noexcept override;
  void remove_pid_file() noexcept override;

 private:
  apr_pool_t* const pconf_;
  ListenRecords& listeners_;
};

}  // namespace mpm::httpd
