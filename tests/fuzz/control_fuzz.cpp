#include "fakes/server_life.hpp"

#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  // What the fakes expect is as binding here as in a test.
  testing::GTEST_FLAG(break_on_failure) = true;
  return 0;
}

/// A server whose life is written on a tape: its size first, then what its children do and its operator
/// wants.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  mpm::Tape tape({bytes, size});
  mpm::ServerLife(mpm::Chance(tape, 1), {.steps = 0}).live();
  return 0;
}
