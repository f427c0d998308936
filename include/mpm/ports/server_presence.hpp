#pragma once

namespace mpm {

/// What the world outside sees of a running server, apart from its answers. Control process only.
class ServerPresence {
 public:
  /// Closes the control process' copies of the listening sockets.
  virtual void stop_listening() noexcept = 0;
  virtual void remove_pid_file() noexcept = 0;

 protected:
  ~ServerPresence() = default;
};

}  // namespace mpm
