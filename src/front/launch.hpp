#pragma once

namespace mpm::front {

/// How this httpd was started: the -D defines an MPM obeys (httpd manual, "Starting Apache").
struct Launch {
  enum class Processes { Many, One };                       ///< One: -X, -DDEBUG or -DONE_PROCESS
  enum class Terminal { Daemonize, NoDetach, Foreground };  ///< Foreground also with -DDEBUG

  Processes processes = Processes::Many;
  Terminal terminal = Terminal::Daemonize;
};

}  // namespace mpm::front
