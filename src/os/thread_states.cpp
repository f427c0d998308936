#include "os/thread_states.hpp"

#ifdef __linux__
#include <array>
#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace mpm::os {

#ifdef __linux__

ThreadId ProcThreadStates::self() const noexcept { return ::syscall(SYS_gettid); }

bool ProcThreadStates::wants_processor(ThreadId thread) const noexcept {
  std::array<char, 48> path;
  std::snprintf(path.data(), path.size(), "/proc/self/task/%lld/stat", static_cast<long long>(thread));
  const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 64> start;  // "TID (NAME) STATE ...", a name being at most 15 characters
  const ssize_t length = ::read(file, start.data(), start.size());
  ::close(file);
  const std::string_view line(start.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::size_t name_end = line.rfind(") ");  // a name may have brackets of its own
  return name_end != std::string_view::npos && line.substr(name_end + 2).starts_with('R');
}

#else

ThreadId ProcThreadStates::self() const noexcept { return 0; }
bool ProcThreadStates::wants_processor(ThreadId) const noexcept { return false; }

#endif

}  // namespace mpm::os
