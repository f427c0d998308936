#pragma once

#include "child/bench.hpp"
#include "mpm/base/role.hpp"
#include "mpm/base/time.hpp"

#include <utility>

namespace mpm {

/// Stands for the child's threads where a test plays their part.
struct Pretend {
  Pretend() {}

  /// Would the worker at this bench rise, if it slept? For a test that plays all threads.
  [[nodiscard]] static bool is_called(const Bench& bench) { return bench.called_; }

  /// What only the listener's own thread may do with its Watch.
  template <class AWatch, class F>
  static auto keep(AWatch& watch, F&& f) {
    return watch.keep(std::forward<F>(f));
  }
  template <class AWatch>
  static void rest(AWatch& watch, Duration longest) {
    watch.rest(longest);
  }

  OnMain main;
  OnListener listener;
  OnWorker worker;
};

}  // namespace mpm
