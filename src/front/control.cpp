#include "front/control.hpp"

#include "front/runtime.hpp"
#include "httpd/child_records_image.hpp"
#include "httpd/control_handover.hpp"
#include "httpd/control_log.hpp"
#include "httpd/httpd_presence.hpp"
#include "httpd/order_signals.hpp"
#include "httpd/process_control.hpp"
#include "os/steady_clock.hpp"
#include "parent/configuration_end.hpp"
#include "parent/control_loop.hpp"
#include "parent/nursery.hpp"

#include <cstdlib>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ap_mpm.h>
#include <http_config.h>
#include <http_log.h>
#include <http_main.h>
#include <mpm_common.h>
#include <scoreboard.h>
#include <unistd.h>

namespace mpm::front {
namespace {

SpawnLimits spawn_limits(const Runtime& here) noexcept {
  const Limits& limits = here.limits;
  return {.min_spare_threads = limits.min_spare_threads,
          .max_spare_threads = limits.max_spare_threads,
          .max_workers = limits.max_workers,
          .threads_per_child = limits.threads_per_child,
          .active_limit = limits.active_children_limit,
          .server_limit = limits.server_limit,
          .buckets = here.listeners.buckets()};
}

/// Pipes of death as the core knows them.
using Pods = std::vector<DeathPipe*>;

Pods present_pods(httpd::ListenerBuckets& listeners) noexcept {
  Pods pods;
  for (int bucket = 0; bucket < listeners.buckets(); ++bucket) pods.push_back(&listeners.pod(bucket));
  return pods;
}

std::vector<httpd::PipeOfDeath> take_old_pods(httpd::Retained& retained) noexcept {
  std::vector<httpd::PipeOfDeath> pods;
  for (int i = 0; i < retained.buckets_capacity; ++i)
    if (const int end = std::exchange(retained.old_pods[i], -1); end >= 0) pods.emplace_back().adopt(end);
  return pods;
}

Pods pointers_to(std::vector<httpd::PipeOfDeath>& pods) noexcept {
  Pods pointers;
  for (httpd::PipeOfDeath& pod : pods) pointers.push_back(&pod);
  return pointers;
}

SpawnPolicy spawn_policy(const Runtime& here) noexcept {
  httpd::Retained& retained = *here.retained;
  const auto buckets = static_cast<std::size_t>(here.listeners.buckets());
  return {spawn_limits(here), std::span(retained.spawn_rates, buckets), retained.memory.hold_off};
}

/// GracefulShutdownTimeout.
std::optional<Duration> patience() noexcept {
  if (ap_graceful_shutdown_timeout == 0) return std::nullopt;
  return std::chrono::seconds{ap_graceful_shutdown_timeout};
}

/// Everything that a running control process consists of, each part before those that use it.
class ControlProcess {
 public:
  ControlProcess(Runtime& here, apr_pool_t* plog, server_rec* server) noexcept
      : here_(here),
        retained_(*here.retained),
        log_(plog, server),
        records_(server, {.per_child = here.limits.threads_per_child, .limit = here.limits.thread_limit}),
        processes_({.pconf = here.pconf, .server = server}, retained_, here.listeners,
                   {.live = &ControlProcess::live, .with = this}),
        presence_(here.pconf, here.listeners),
        children_({.seats = retained_.places(here.limits.server_limit), .memory = retained_.memory},
                  spawn_limits(here), records_, log_),
        handover_(retained_, here.listeners, left_behind_, plog) {
    children_.set_generation(retained_.mpm->my_generation);
  }

  /// Runs this configuration to its end; the result is for httpd.
  int run() noexcept;
  /// -X: this process is the only child.
  [[noreturn]] void live_alone() noexcept;

 private:
  /// The life of a child, in its own copy of this.
  static int live(void* with, const Place& place, int lifeline) noexcept;

  Runtime& here_;
  httpd::Retained& retained_;
  const os::SteadyClock clock_;
  httpd::ControlLog log_;
  httpd::ChildRecordsImage records_;
  httpd::ProcessControl processes_;
  httpd::HttpdPresence presence_;
  ChildTable children_;

  Nursery nursery_{children_, processes_, clock_, log_};
  Pods pods_ = present_pods(here_.listeners);
  std::vector<httpd::PipeOfDeath> left_behind_ = take_old_pods(retained_);
  httpd::ControlHandover handover_;
  Pods old_pods_ = pointers_to(left_behind_);
  Maintenance maintenance_{{.children = children_, .nursery = nursery_, .pods = pods_, .journal = log_},
                           spawn_policy(here_)};
  Reaper reaper_{{.children = children_, .processes = processes_, .journal = log_},
                 maintenance_,
                 retained_.mpm->was_graceful ? Reaper::Strangers::Noted : Reaper::Strangers::Expected};
  Predecessors predecessors_{children_, old_pods_};
  Succession succession_{{.children = children_,
                          .processes = processes_,
                          .reaper = reaper_,
                          .clock = clock_,
                          .journal = log_,
                          .presence = presence_,
                          .pods = pods_}};
  ConfigurationEnd end_{{.children = children_,
                         .processes = processes_,
                         .maintenance = maintenance_,
                         .predecessors = predecessors_,
                         .succession = succession_,
                         .handover = handover_},
                        patience()};
};

int ControlProcess::run() noexcept {
  if (retained_.mpm->was_graceful) retained_.memory.hold_off = SpawnPolicy::hold_off_after_restart;
  if (processes_.order() == Order::None) maintenance_.start(here_.limits.start_servers);
  log_.resuming_operations();
  retained_.mpm->mpm_state = AP_MPMQ_RUNNING;

  ControlLoop loop({.processes = processes_,
                    .clock = clock_,
                    .reaper = reaper_,
                    .maintenance = maintenance_,
                    .predecessors = predecessors_});
  const ControlLoop::Ending ending = loop.run();

  retained_.mpm->mpm_state = AP_MPMQ_STOPPING;
  return end_.finish(ending) == ConfigurationEnd::Next::Configuration ? OK : DONE;
}

int ControlProcess::live(void* with, const Place& place, int lifeline) noexcept {
  auto& self = *static_cast<ControlProcess*>(with);
  // The children of the generation before hear of the control process' end only if nobody else holds these.
  for (httpd::PipeOfDeath& pod : self.left_behind_) pod.close();
  return run_child(self.here_, place, lifeline);
}

void ControlProcess::live_alone() noexcept {
  children_.born({}, {.status = Status::ok(), .pid = ::getpid()});
  const int code = run_child(here_, {}, -1);
  static_cast<void>(children_.died(0));
  // httpd has arranged for its pools to be destroyed by exit(3) with -X; returning to it would destroy them
  // twice.
  std::exit(code);  // NOLINT(concurrency-mt-unsafe): the threads of this child have ended
}

/// Writes the pid file; at a restart only if it does not hold our pid already, because httpd ends the process
/// if it cannot be written, and a full disk is no reason to end a server that runs. At the first start httpd
/// also warns of a stale one.
void log_pid(apr_pool_t* pconf, const ap_unixd_mpm_retained_data& mpm) noexcept {
  pid_t logged = 0;
  const bool says_so = ap_read_pid(pconf, ap_pid_fname, &logged) == APR_SUCCESS && logged == ::getpid();
  const bool is_start = mpm.my_generation == 0;
  if (is_start || !says_so) ap_log_pid(pconf, ap_pid_fname);
}

/// A fresh scoreboard, unless the children of the generation before still use it.
int open_scoreboard(const Runtime& here, server_rec* server) noexcept {
  ap_unixd_mpm_retained_data& mpm = *here.retained->mpm;
  if (mpm.was_graceful) return OK;
  if (ap_run_pre_mpm(server->process->pool, SB_SHARED) != OK) {
    mpm.mpm_state = AP_MPMQ_STOPPING;
    return !OK;
  }
  httpd::ChildRecordsImage::show_generation(mpm.my_generation);
  const auto places = here.retained->places(here.limits.server_limit);
  for (int row = 0; row < here.limits.server_limit; ++row) {
    const Seat& seat = places[static_cast<std::size_t>(row)];
    if (seat.taken()) httpd::ChildRecordsImage::restore(row, seat.pid, seat.generation);
  }
  return OK;
}

}  // namespace

int run_control_process(apr_pool_t* pconf, apr_pool_t* plog, server_rec* server) noexcept {
  Runtime& here = *runtime;
  const bool alone = here.launch.processes == Launch::Processes::One;
  // Who finds the pid file may send a signal at once, and without httpd's handlers it would end the server.
  httpd::block_orders();
  log_pid(pconf, *here.retained->mpm);
  if (const int refused = open_scoreboard(here, server)) return refused;
  // With -X the process ends with this configuration, and httpd has no handler for the orders to restart.
  if (!alone) httpd::unblock_orders_with(pconf);
  ap_unixd_mpm_set_signals(pconf, alone);
  httpd::unblock_orders();
  here.limits = fit_to_buckets(here.limits, here.listeners.buckets());
  here.control_pid = alone ? 0 : ::getpid();

  ControlProcess control(here, plog, server);
  if (alone) control.live_alone();
  return control.run();
}

}  // namespace mpm::front
