#pragma once

#include "child/bench.hpp"
#include "mpm/base/role.hpp"

namespace mpm {

/// Stands for the child's threads where a test plays their part.
struct Pretend {
  Pretend() {}

  /// Would the worker at this bench rise, if it slept? For a test that plays all threads.
  [[nodiscard]] static bool is_called(const Bench& bench) { return bench.called_; }

  OnMain main;
  OnListener listener;
  OnWorker worker;
};

}  // namespace mpm
