#pragma once

#include "fakes/parts_of_a_child.hpp"

#include <gtest/gtest.h>

namespace mpm {

/// The parts of a child without its threads: the test plays them all.
struct ChildParts : testing::Test, PartsOfAChild {
  using PartsOfAChild::PartsOfAChild;
};

}  // namespace mpm
