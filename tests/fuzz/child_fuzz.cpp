#include "fakes/simulation.hpp"

#include <cstddef>
#include <cstdint>

namespace mpm {
namespace {

/// One child whose life is written on a tape: its size first, then who comes, what sockets and modules do,
/// how time passes, what fails, when it is stopped.
void live_by(Tape tape) {
  Chance chance(tape, 1);
  const int workers = 1 + chance.below(4);
  const int reserve = chance.below(3);
  Simulation simulation(chance, {.quota = {.threads_per_child = workers + reserve,
                                           .per_idle = Factor::of_millionths(500'000 * (1 + chance.below(8))),
                                           .connections = chance.permille(200) ? 1 + chance.below(8) : 0},
                                 .workers = workers,
                                 .reserve = reserve,
                                 .steps = 0,
                                 .trouble = Simulation::Trouble::Some});
  simulation.live();
}

}  // namespace
}  // namespace mpm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  mpm::live_by(mpm::Tape({bytes, size}));
  return 0;
}
