#pragma once

#include "httpd/listener_buckets.hpp"
#include "httpd/retained.hpp"
#include "mpm/ports/processes.hpp"

#include <vector>

#include <httpd.h>

#include <poll.h>

namespace mpm::httpd {

/// What a new child does: its whole life, up to its exit code. The lifeline is its end of it, or -1.
struct ChildLife {
  int (*live)(void* with, const Place& place, int lifeline) noexcept = nullptr;
  void* with = nullptr;
};

/// fork(2), waitpid(2), ppoll(2), and the orders that httpd's signal handlers note (order_signals.hpp). Their
/// signals are blocked while this looks at what they left and falls asleep, so that none is missed in
/// between, and around a fork. Programs that modules start inherit the usual mask. No handler of ours exists:
/// one that lived in this library would crash httpd if its signal came while the library is being reloaded
/// (httpd PR 60487).
class ProcessControl final : public Processes {
 public:
  struct Origin {
    apr_pool_t* pconf;
    server_rec* server;
  };
  ProcessControl(const Origin& origin, Retained& retained, ListenerBuckets& listeners,
                 const ChildLife& life) noexcept
      : origin_(origin), retained_(retained), listeners_(listeners), life_(life) {}

  [[nodiscard]] Forked fork_child(Place place) noexcept override;
  [[nodiscard]] std::span<const Message> wait(const Vigil& vigil) noexcept override;
  [[nodiscard]] std::optional<Death> next_death() noexcept override;
  [[nodiscard]] bool is_child(int pid) const noexcept override;
  Claim offer_to_modules(const Death& death) noexcept override;
  [[nodiscard]] bool has_other_children() const noexcept override;
  void tell_modules_of_restart() noexcept override;
  void housekeeping() noexcept override;
  [[nodiscard]] Order order() const noexcept override;
  void send(int pid, Signal signal) noexcept override;
  void ask_for_row(int lifeline) noexcept override;
  void close_lifeline(int lifeline) noexcept override;

 private:
  void forget_orders() noexcept;
  [[noreturn]] void become_child(Place place, int lifeline) noexcept;
  void listen_to(int seat, int lifeline) noexcept;

  const Origin origin_;
  Retained& retained_;
  ListenerBuckets& listeners_;
  const ChildLife life_;
  std::vector<pollfd> polled_;
  std::vector<int> seats_;  ///< of those polled
  std::vector<Message> heard_;
  int ticks_ = 0;
};

}  // namespace mpm::httpd
