#pragma once

#include "fakes/control_parts.hpp"

#include <gmock/gmock.h>

namespace mpm {

/// A whole control process over fakes.
class ControlRoom : public ::testing::Test, protected ControlParts {};

/// A control process whose loop runs until an order comes.
class RunningControl : public ControlRoom {
 protected:
  ControlLoop::Ending run_for(Duration time) {
    machine.at(machine.passed() + time, [this] { machine.order(Order::Stop); });
    const ControlLoop::Ending ending = control->loop.run();
    machine.order(Order::None);
    return ending;
  }
  void start(int children, const SpawnLimits& limits = usual) {
    begin(0, limits);
    control->maintenance.start(children);
  }
  [[nodiscard]] int born() const { return static_cast<int>(machine.births().size()); }
};

}  // namespace mpm
