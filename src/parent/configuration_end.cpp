#include "parent/configuration_end.hpp"

namespace mpm {

ConfigurationEnd::Next ConfigurationEnd::finish(const ControlLoop::Ending& ending) noexcept {
  tools_.maintenance.expect_deaths();
  return follow(ending);
}

ConfigurationEnd::Next ConfigurationEnd::follow(const ControlLoop::Ending& ending) noexcept {
  switch (ending.order) {
    case Order::RestartGracefully:
      return restart_gracefully();
    case Order::Restart:
      return restart();
    case Order::StopGracefully:
      return stop_gracefully(ending.cause);
    case Order::Stop:
    case Order::None:
      break;
  }
  return stop(ending.cause);
}

ConfigurationEnd::Next ConfigurationEnd::stop(Succession::Cause cause) noexcept {
  tools_.predecessors.dismiss();
  tools_.succession.stop(cause);
  return Next::Nothing;
}

ConfigurationEnd::Next ConfigurationEnd::stop_gracefully(Succession::Cause cause) noexcept {
  tools_.predecessors.dismiss();
  tools_.handover.block_all_but_stop();
  tools_.succession.stop_gracefully(cause, patience_);
  return Next::Nothing;
}

ConfigurationEnd::Next ConfigurationEnd::restart() noexcept {
  tools_.predecessors.dismiss();
  begin_generation();
  tools_.succession.restart();
  return overruled(Order::Restart).value_or(Next::Configuration);
}

// If nobody of this generation has been started yet, because the order came so soon, the children of the one
// before have not been relieved: that is left to the next configuration.
ConfigurationEnd::Next ConfigurationEnd::restart_gracefully() noexcept {
  const bool relieved = tools_.predecessors.relieved();
  if (relieved) tools_.predecessors.dismiss();
  tools_.succession.restart_gracefully();
  if (const auto other = overruled(Order::RestartGracefully)) return *other;
  begin_generation();
  tools_.handover.bequeath_sockets();
  if (relieved) {
    tools_.handover.bequeath_pipes();
  } else {
    tools_.handover.bequeath_older_pipes();
  }
  return Next::Configuration;
}

void ConfigurationEnd::begin_generation() noexcept {
  tools_.children.set_generation(tools_.handover.begin_generation());
}

std::optional<ConfigurationEnd::Next> ConfigurationEnd::overruled(Order order) noexcept {
  tools_.handover.block_orders();
  const Order last = tools_.processes.order();
  if (last == order) return std::nullopt;
  tools_.handover.unblock_orders();
  return follow({.order = last});
}

}  // namespace mpm
