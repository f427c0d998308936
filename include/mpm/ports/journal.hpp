#pragma once

#include "mpm/base/status.hpp"
#include "mpm/policy/admission.hpp"
#include "mpm/policy/connection_table.hpp"
#include "mpm/policy/stop_stage.hpp"

namespace mpm {

/// Everything the core of a child has to say, as named events: wording, level and AH number live in
/// httpd/journal_log.cpp. What only httpd's side can see of a connection or a process is logged where it is
/// seen. Any thread; never called under a lock.
class Journal {
 public:
  virtual void accepting_again(const Load& load) noexcept = 0;
  virtual void holding(Gate why, const Load& load) noexcept = 0;
  virtual void stopping(StopStage stage) noexcept = 0;
  virtual void connection_limit_reached() noexcept = 0;
  virtual void poll_failed(Status why) noexcept = 0;
  virtual void not_parked(State state, Status why) noexcept = 0;
  virtual void listen_socket_not_watched(Status why) noexcept = 0;
  /// The child ends because of it.
  virtual void worker_not_started(Status why) noexcept = 0;
  /// It has so many, serves with them, and tries again.
  virtual void short_of_workers(int has, Status why) noexcept = 0;
  virtual void listener_not_started(Status why) noexcept = 0;
  virtual void not_joined(Status why) noexcept = 0;

 protected:
  ~Journal() = default;
};

}  // namespace mpm
