#pragma once

#include "mpm/base/role.hpp"

namespace mpm {

/// Stands for the child's threads where a test plays their part.
struct Pretend {
  Pretend() {}

  OnMain main;
  OnListener listener;
  OnWorker worker;
};

}  // namespace mpm
