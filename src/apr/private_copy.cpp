#include "apr/private_copy.hpp"

#include <cstdint>
#include <cstring>

#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

namespace mpm::apr {

#ifdef MREMAP_FIXED

namespace {

/// By the kernel: for process_vm_readv(2) it is no race that other threads write there meanwhile, for a
/// program it is. Where a filter of system calls (seccomp(2)) forbids that, the copy is made all the same:
/// what is just being written may then be missing in part, as after any copy.
void copy_while_it_changes(void* to, void* from, std::size_t size) noexcept {
  const iovec own{.iov_base = to, .iov_len = size};
  const iovec other{.iov_base = from, .iov_len = size};
  const ssize_t copied = ::process_vm_readv(::getpid(), &own, 1, &other, 1, 0);
  if (copied < 0 || static_cast<std::size_t>(copied) < size) std::memcpy(to, from, size);
}

}  // namespace

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
  copy_while_it_changes(copy, first, whole);
  if (::mremap(copy, whole, whole, MREMAP_MAYMOVE | MREMAP_FIXED, first) != MAP_FAILED) return true;
  ::munmap(copy, whole);
  return false;
}

#else

bool make_private(void*, std::size_t) noexcept { return false; }

#endif

}  // namespace mpm::apr
