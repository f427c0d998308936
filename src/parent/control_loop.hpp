#pragma once

#include "mpm/base/time.hpp"
#include "mpm/ports/clock.hpp"
#include "mpm/ports/processes.hpp"
#include "parent/maintenance.hpp"
#include "parent/predecessors.hpp"
#include "parent/reaper.hpp"
#include "parent/succession.hpp"

namespace mpm {

/// Keeps a configuration running until an order, or a fatal child, ends it. It sleeps until something
/// happens, and for a second at most. Control process only.
class ControlLoop {
 public:
  struct Tools {
    Processes& processes;
    const Clock& clock;
    Reaper& reaper;
    Maintenance& maintenance;
    Predecessors& predecessors;
  };
  explicit ControlLoop(const Tools& tools) noexcept : tools_(tools) {}

  struct Ending {
    Order order = Order::None;
    Succession::Cause cause = Succession::Cause::Asked;

    friend constexpr bool operator==(const Ending&, const Ending&) = default;
  };
  [[nodiscard]] Ending run() noexcept;

 private:
  static constexpr Duration tick_length = std::chrono::seconds{1};
  static constexpr Ending fatal = {.order = Order::StopGracefully, .cause = Succession::Cause::Fatal};

  [[nodiscard]] Duration time_to_sleep(Instant now) const noexcept;
  [[nodiscard]] Maintenance::Outlook tick_if_due(Instant now) noexcept;

  const Tools tools_;
  Instant next_tick_{};
};

}  // namespace mpm
