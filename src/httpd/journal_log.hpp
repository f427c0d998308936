#pragma once

#include "mpm/policy/repeats.hpp"
#include "mpm/ports/journal.hpp"

namespace mpm::httpd {

/// A child's words in httpd's error log: stock's AH numbers, levels and key words for the same events.
/// What is short for one child is short for the next: of children that fall sick in a row, some say why at
/// the level of the event, the others at debug.
class JournalLog final : public Journal {
 public:
  /// `sick_before`: so many children have fallen sick in a row before this one.
  explicit JournalLog(int sick_before) noexcept : news_(is_worth_a_line(sick_before + 1)) {}

  void accepting_again(const Load& load) noexcept override;
  void holding(Gate why, const Load& load) noexcept override;
  void stopping(StopStage stage) noexcept override;
  void connection_limit_reached() noexcept override;
  void poll_failed(Status why) noexcept override;
  void not_parked(State state, Status why) noexcept override;
  void listen_socket_not_watched(Status why) noexcept override;
  void worker_not_started(Status why) noexcept override;
  void short_of_workers(int has, Status why) noexcept override;
  void listener_not_started(Status why) noexcept override;
  void not_joined(Status why) noexcept override;

  // What only adapters notice.
  void not_accepted(Status why) noexcept;
  void no_transaction_pool() noexcept;
  void no_pollset(Status why) noexcept;
  void no_pipe_or_pool(Status why) noexcept;
  void no_main_thread(Status why) noexcept;

 private:
  /// The level for a shortage.
  [[nodiscard]] int level(int of_the_first) const noexcept;

  bool news_;
};

}  // namespace mpm::httpd
