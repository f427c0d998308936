#pragma once

namespace mpm {

/// The pipe on which the control process asks the children of one bucket and generation to leave. All of them
/// read from the same pipe; each takes one request.
class DeathPipe {
 public:
  enum class Request { Nothing, Graceful, Forced };

  /// Control process: leaves `children` requests, for whoever takes them first.
  virtual void ask(int children, Request request) noexcept = 0;

  /// Control process: nobody will be asked on this pipe any more.
  virtual void let_go() noexcept = 0;

  /// A child's main thread: takes one request if there is one, never waits. When the control process has let
  /// go of its end (because it asked everybody, or died) this is Graceful every time: once asked, stop
  /// watching.
  [[nodiscard]] virtual Request take() noexcept = 0;

 protected:
  ~DeathPipe() = default;
};

}  // namespace mpm
