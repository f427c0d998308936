#include "unit/child/running_child.hpp"

namespace mpm {
namespace {

using Gate = RunningChild;

// Three workers, of whom two run at once. Two clients block theirs, a third one's request waits, so that the
// worker who sleeps is needed for it and the gate is held before the fourth client. Then one who was blocked
// takes the request, blocks again, and the sleeper is idle.
TEST_F(Gate, OpensWhenWorkThatWaitedIsTakenByAWorkerThatDoesNotComeBack) {
  run();
  FakeHost& first = blocking_client();
  FakeHost& second = blocking_client();
  FakeHost& third = blocking_client();
  FakeHost& fourth = client();
  first.processes = {Event::Finished};  // it is not parked, which would wake the listener anyway
  for (FakeHost* const host : {&first, &second}) {
    connect(*host);
    await([&] { return world.sockets.one.waiting() == 0; });
  }
  connect(third);
  await([&] { return world.sockets.one.waiting() == 0; });
  connect(fourth);
  await([&] { return world.scoreboard.accepting == Scoreboard::Accepting::No; });

  first.severed = true;  // its handler returns

  await([&] { return world.sockets.one.waiting() == 0; });
}

}  // namespace
}  // namespace mpm
