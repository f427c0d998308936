#include "apr/other_children.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

#include <unistd.h>

namespace mpm::apr {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

std::unique_ptr<std::FILE, CloseFile> list_of_children() noexcept {
  char path[48];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/children", ::getpid());
  return std::unique_ptr<std::FILE, CloseFile>(std::fopen(path, "re"));
}

}  // namespace

bool has_children_besides(std::span<const Seat> seats) noexcept {
  const auto list = list_of_children();
  if (!list) return true;
  // Each number is followed by a space.
  int pid = 0;
  for (int byte = std::getc(list.get()); byte != EOF; byte = std::getc(list.get())) {
    if (byte != ' ') {
      pid = 10 * pid + (byte - '0');
      continue;
    }
    if (std::ranges::find(seats, pid, &Seat::pid) == seats.end()) return true;
    pid = 0;
  }
  return false;
}

}  // namespace mpm::apr
