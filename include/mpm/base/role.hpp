#pragma once

namespace mpm {

/// Proof of being on a certain thread: an empty token that only that thread's own loop can make, handed down
/// the call tree by reference. A function that asks for one can be called from nowhere else; the compiler
/// says so. A function that asks for none is safe from any thread.
template <class Birthplace>
class Role {
  friend Birthplace;
  friend struct Pretend;  // tests/fakes
  Role() = default;

 public:
  Role(const Role&) = delete;
  Role& operator=(const Role&) = delete;
  ~Role() = default;
};

class ChildProcess;
class Watch;
class Worker;

/// The child's main thread, which starts the others and then waits for the parent's word.
using OnMain = Role<ChildProcess>;
/// Whoever has the watch over the pollset: the listener thread, or a worker that stands in for it
/// (child/watch).
using OnListener = Role<Watch>;
/// Any one of the worker threads.
using OnWorker = Role<Worker>;

}  // namespace mpm
