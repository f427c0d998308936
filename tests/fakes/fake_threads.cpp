#include "fakes/fake_threads.hpp"

namespace mpm {

Status FakeThreads::start(ThreadBody& body, NativeThread*& started) noexcept {
  if (left_ == 0) return Status{11};
  --left_;
  started = new NativeThread;
  started->thread = std::thread([&body, self = started] { body.run(*self); });
  return Status::ok();
}

Status FakeThreads::join(NativeThread& thread) noexcept {
  thread.thread.join();
  delete &thread;
  ++joined;
  return join_answer;
}

}  // namespace mpm
