#pragma once

#include "mpm/base/time.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mpm {

/// Where a member of a DeadlineHeap stands: a member of the object, so that it can be taken out from the
/// middle.
class HeapPlace {
 public:
  HeapPlace() = default;
  HeapPlace(const HeapPlace&) = delete;
  HeapPlace& operator=(const HeapPlace&) = delete;
  ~HeapPlace() { assert(!placed_ && "destroyed while in a heap"); }

  /// Meaningful while placed.
  [[nodiscard]] Instant deadline() const noexcept { return deadline_; }
  [[nodiscard]] bool placed() const noexcept { return placed_; }

 private:
  template <class T, HeapPlace T::*>
  friend class DeadlineHeap;

  Instant deadline_{};
  std::uint64_t order_ = 0;  // ties leave in the order in which they came
  std::size_t at_ = 0;
  bool placed_ = false;
};

/// A binary heap of borrowed objects by deadline, stable on ties; add, remove and pop are O(log n). Not
/// synchronised: it belongs to whoever holds the value that contains it. Allocates only to grow.
template <class T, HeapPlace T::*place>
class DeadlineHeap {
 public:
  [[nodiscard]] bool empty() const noexcept { return members_.empty(); }
  /// The member that is due first, or null.
  [[nodiscard]] T* first() const noexcept { return empty() ? nullptr : members_.front(); }

  void add(T& member, Instant deadline) {
    HeapPlace& p = member.*place;
    assert(!p.placed_ && "already in a heap");
    p.deadline_ = deadline;
    p.order_ = next_order_++;
    p.placed_ = true;
    members_.push_back(&member);
    put(members_.size() - 1, &member);
    rise(members_.size() - 1);
  }

  /// `member` must be in this heap.
  void remove(T& member) noexcept {
    HeapPlace& p = member.*place;
    assert(p.placed_ && members_[p.at_] == &member && "not in this heap");
    const std::size_t hole = p.at_;
    p.placed_ = false;
    T* const last = members_.back();
    members_.pop_back();
    if (last == &member) return;
    put(hole, last);
    rise(hole);
    sink((last->*place).at_);
  }

  /// Replaces each deadline by change(member, deadline). O(n).
  template <class F>
  void reschedule(F&& change) noexcept {
    for (T* member : members_) (member->*place).deadline_ = change(*member, (member->*place).deadline_);
    for (std::size_t at = members_.size() / 2; at-- > 0;) sink(at);
  }

 private:
  static bool before(const T* a, const T* b) noexcept {
    const HeapPlace& x = a->*place;
    const HeapPlace& y = b->*place;
    return x.deadline_ != y.deadline_ ? x.deadline_ < y.deadline_ : x.order_ < y.order_;
  }
  void put(std::size_t at, T* member) noexcept {
    members_[at] = member;
    (member->*place).at_ = at;
  }
  void swap(std::size_t a, std::size_t b) noexcept {
    T* const other = members_[a];
    put(a, members_[b]);
    put(b, other);
  }
  void rise(std::size_t at) noexcept {
    while (at > 0 && before(members_[at], members_[(at - 1) / 2])) {
      swap(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
  }
  void sink(std::size_t at) noexcept {
    for (;;) {
      std::size_t least = at;
      for (std::size_t child = 2 * at + 1; child < 2 * at + 3 && child < members_.size(); ++child) {
        if (before(members_[child], members_[least])) least = child;
      }
      if (least == at) return;
      swap(at, least);
      at = least;
    }
  }

  std::vector<T*> members_;
  std::uint64_t next_order_ = 0;
};

}  // namespace mpm
