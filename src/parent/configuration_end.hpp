#pragma once

#include "mpm/base/time.hpp"
#include "mpm/ports/handover.hpp"
#include "mpm/ports/processes.hpp"
#include "parent/child_table.hpp"
#include "parent/control_loop.hpp"
#include "parent/maintenance.hpp"
#include "parent/predecessors.hpp"
#include "parent/succession.hpp"

#include <optional>

namespace mpm {

/// The end of a configuration, in the order that its children, those of the generation before, and the next
/// configuration depend on. Control process only.
class ConfigurationEnd {
 public:
  struct Tools {
    ChildTable& children;
    Processes& processes;
    Maintenance& maintenance;
    Predecessors& predecessors;
    Succession& succession;
    Handover& handover;
  };
  /// A graceful stop waits for `patience` (GracefulShutdownTimeout), or without a limit.
  ConfigurationEnd(const Tools& tools, std::optional<Duration> patience) noexcept
      : tools_(tools), patience_(patience) {}

  enum class Next { Configuration, Nothing };
  /// Ends it as ordered, and says what comes next. If that is a configuration, orders are blocked until
  /// httpd has cleared this one.
  [[nodiscard]] Next finish(const ControlLoop::Ending& ending) noexcept;

 private:
  [[nodiscard]] Next follow(const ControlLoop::Ending& ending) noexcept;
  [[nodiscard]] Next stop(Succession::Cause cause) noexcept;
  [[nodiscard]] Next stop_gracefully(Succession::Cause cause) noexcept;
  [[nodiscard]] Next restart() noexcept;
  [[nodiscard]] Next restart_gracefully() noexcept;
  void begin_generation() noexcept;
  /// Holds orders back. If one came that goes further than this, follows that one instead, as httpd will:
  /// what it does next depends on the last. Ends, because orders only ever go further.
  [[nodiscard]] std::optional<Next> overruled(Order order) noexcept;

  const Tools tools_;
  const std::optional<Duration> patience_;
};

}  // namespace mpm
