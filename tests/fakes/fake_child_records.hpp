#pragma once

#include "mpm/ports/child_records.hpp"

#include <map>
#include <vector>

namespace mpm {

/// A scoreboard whose columns a test writes.
class FakeChildRecords final : public ChildRecords {
 public:
  struct Record {
    int pid = 0;
    int generation = 0;
    bool draining_seen = false;
    ThreadCount threads;
    bool accepting = true;
    bool draining = false;
  };
  struct Gone {
    int slot;
    int pid;
    int generation;

    friend bool operator==(const Gone&, const Gone&) = default;
  };

  explicit FakeChildRecords(int threads_per_child) : threads_per_child_(threads_per_child) {}

  Record& operator[](int slot) { return records_[slot]; }
  [[nodiscard]] const std::vector<Gone>& gone() const { return gone_; }

  [[nodiscard]] const std::vector<Gone>& given_up() const { return given_up_; }

  void enter(int slot, int pid, int generation) noexcept override {
    records_[slot] = {.pid = pid,
                      .generation = generation,
                      .threads = {.idle = threads_per_child_, .reserve = threads_per_child_}};
  }
  void exited(int slot, int pid, int generation) noexcept override {
    gone_.push_back({slot, pid, generation});
    records_[slot] = {};
  }
  void give_up(int slot, int pid, int generation) noexcept override {
    given_up_.push_back({slot, pid, generation});
    records_[slot] = {};
  }
  void exited_without_row(int pid, int generation) noexcept override {
    gone_.push_back({-1, pid, generation});
  }
  void mark_draining(int slot) noexcept override { records_[slot].draining_seen = true; }
  [[nodiscard]] ThreadCount threads(int slot) const noexcept override { return records_.at(slot).threads; }
  [[nodiscard]] bool is_accepting(int slot) const noexcept override { return records_.at(slot).accepting; }
  [[nodiscard]] bool is_draining(int slot) const noexcept override { return records_.at(slot).draining; }

 private:
  int threads_per_child_;
  std::map<int, Record> records_;
  std::vector<Gone> gone_;
  std::vector<Gone> given_up_;
};

}  // namespace mpm
