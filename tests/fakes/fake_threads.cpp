#include "fakes/fake_threads.hpp"

namespace mpm {

Status FakeThreads::start(ThreadBody& body, NativeThread*& thread) noexcept {
  if (refuses(started++)) return Status{11};
  thread = new NativeThread;
  thread->thread = std::thread([&body, self = thread] { body.run(*self); });
  return Status::ok();
}

Status FakeThreads::join(NativeThread& thread) noexcept {
  thread.thread.join();
  delete &thread;
  ++joined;
  return join_answer;
}

}  // namespace mpm
