#include "os/private_copy.hpp"

#include <cstdint>
#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace mpm::os {

#ifdef MREMAP_FIXED

// mremap(2) replaces the mapping under the kernel's lock on this process' memory: another thread that touches
// it finds the one or the other.
bool make_private(void* begin, std::size_t size) noexcept {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t before = address % page;
  char* const first = static_cast<char*>(begin) - before;
  const std::size_t whole = (before + size + page - 1) / page * page;

  void* const copy = ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy == MAP_FAILED) return false;
  std::memcpy(copy, first, whole);
  if (::mremap(copy, whole, whole, MREMAP_MAYMOVE | MREMAP_FIXED, first) != MAP_FAILED) return true;
  ::munmap(copy, whole);
  return false;
}

#else

bool make_private(void*, std::size_t) noexcept { return false; }

#endif

}  // namespace mpm::os
