#pragma once

#include <cassert>
#include <cstddef>

namespace mpm {

/// A link inside an object, so that hand-off allocates nothing. It knows whether it is linked, refuses to be
/// linked twice, and refuses to die linked. It does not unlink itself: that would touch the list without the
/// list's lock.
template <class T>
class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { assert(!linked_ && "destroyed while in a list"); }

  [[nodiscard]] bool linked() const noexcept { return linked_; }

 private:
  template <class U, Link<U> U::*>
  friend class List;

  T* next_ = nullptr;
  T* prev_ = nullptr;
  bool linked_ = false;
};

/// Intrusive list of T, oldest first, linked through the member `link`. It owns nothing and allocates
/// nothing; every operation is O(1). Not synchronised: it belongs to whoever holds the value that contains
/// it.
template <class T, Link<T> T::*link>
class List {
 public:
  List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() { assert(empty() && "destroyed with members"); }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// The oldest member, or null.
  [[nodiscard]] T* front() const noexcept { return first_; }
  /// The youngest member, or null.
  [[nodiscard]] T* back() const noexcept { return last_; }
  /// The member that joined after `member`, or null.
  [[nodiscard]] T* after(const T& member) const noexcept { return (member.*link).next_; }

  void push_back(T& member) noexcept {
    Link<T>& at = member.*link;
    assert(!at.linked_ && "already in a list");
    at.linked_ = true;
    at.prev_ = last_;
    at.next_ = nullptr;
    (last_ ? (last_->*link).next_ : first_) = &member;
    last_ = &member;
    ++size_;
  }

  /// `member` must be in this list.
  void remove(T& member) noexcept {
    Link<T>& at = member.*link;
    assert(at.linked_ && "not in a list");
    (at.prev_ ? (at.prev_->*link).next_ : first_) = at.next_;
    (at.next_ ? (at.next_->*link).prev_ : last_) = at.prev_;
    at.next_ = at.prev_ = nullptr;
    at.linked_ = false;
    --size_;
  }

  [[nodiscard]] T* pop_front() noexcept {
    T* const first = first_;
    if (first) remove(*first);
    return first;
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace mpm
