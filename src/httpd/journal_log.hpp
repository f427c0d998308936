#pragma once

#include "mpm/ports/journal.hpp"

namespace mpm::httpd {

/// A child's words in httpd's error log: stock's AH numbers, levels and key words for the same events.
class JournalLog final : public Journal {
 public:
  void accepting_again(const Load& load) noexcept override;
  void holding(Gate why, const Load& load) noexcept override;
  void stopping(StopStage stage) noexcept override;
  void connection_limit_reached() noexcept override;
  void poll_failed(Status why) noexcept override;
  void not_parked(State state, Status why) noexcept override;
  void listen_socket_not_watched(Status why) noexcept override;
  void worker_not_started(Status why) noexcept override;
  void listener_not_started(Status why) noexcept override;
  void not_joined(Status why) noexcept override;
};

}  // namespace mpm::httpd
