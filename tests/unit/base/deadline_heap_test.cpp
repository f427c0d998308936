#include "mpm/base/deadline_heap.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpm {
namespace {

using testing::ElementsAre;

struct Caller {
  explicit Caller(std::string called) : name(std::move(called)) {}
  std::string name;
  HeapPlace place;
};
using Heap = DeadlineHeap<Caller, &Caller::place>;

Instant at(int seconds) { return Instant{std::chrono::seconds{seconds}}; }

std::vector<std::string> empty_out(Heap& heap) {
  std::vector<std::string> names;
  while (Caller* const first = heap.first()) {
    names.push_back(first->name);
    heap.remove(*first);
  }
  return names;
}

struct ADeadlineHeap : testing::Test {
  ~ADeadlineHeap() override { empty_out(heap); }
  Heap heap;
  Caller a{"a"}, b{"b"}, c{"c"}, d{"d"};
};

TEST_F(ADeadlineHeap, HasNobodyFirstWhenItIsEmpty) {
  EXPECT_TRUE(heap.empty());
  EXPECT_EQ(heap.first(), nullptr);
}

TEST_F(ADeadlineHeap, HasTheEarliestDeadlineFirst) {
  heap.add(b, at(2));
  heap.add(a, at(1));
  heap.add(c, at(3));
  EXPECT_THAT(empty_out(heap), ElementsAre("a", "b", "c"));
}

TEST_F(ADeadlineHeap, LetsEqualDeadlinesGoInTheOrderTheyCame) {
  heap.add(d, at(1));
  heap.add(b, at(1));
  heap.add(a, at(1));
  heap.add(c, at(1));
  EXPECT_THAT(empty_out(heap), ElementsAre("d", "b", "a", "c"));
}

TEST_F(ADeadlineHeap, LetsAMemberOutOfItsMiddle) {
  heap.add(a, at(1));
  heap.add(b, at(2));
  heap.add(c, at(3));
  heap.remove(b);
  EXPECT_FALSE(b.place.placed());
  EXPECT_THAT(empty_out(heap), ElementsAre("a", "c"));
}

TEST_F(ADeadlineHeap, LetsItsLastMemberOut) {
  heap.add(a, at(1));
  heap.add(b, at(2));
  heap.remove(b);
  EXPECT_THAT(empty_out(heap), ElementsAre("a"));
}

TEST_F(ADeadlineHeap, RemembersTheDeadlineOfAMember) {
  heap.add(a, at(7));
  EXPECT_TRUE(a.place.placed());
  EXPECT_EQ(a.place.deadline(), at(7));
}

TEST_F(ADeadlineHeap, TakesAMemberBackWithAnotherDeadline) {
  heap.add(a, at(1));
  heap.add(b, at(2));
  heap.remove(a);
  heap.add(a, at(3));
  EXPECT_THAT(empty_out(heap), ElementsAre("b", "a"));
}

TEST_F(ADeadlineHeap, IsInOrderAgainAfterARescheduling) {
  heap.add(a, at(1));
  heap.add(b, at(2));
  heap.add(c, at(3));
  heap.reschedule([](Caller&, Instant deadline) { return at(10) - deadline.time_since_epoch(); });
  EXPECT_EQ(a.place.deadline(), at(9));
  EXPECT_THAT(empty_out(heap), ElementsAre("c", "b", "a"));
}

TEST_F(ADeadlineHeap, KeepsTheOrderOfArrivalWhenAReschedulingMakesDeadlinesEqual) {
  heap.add(c, at(3));
  heap.add(a, at(1));
  heap.add(b, at(2));
  heap.reschedule([](Caller&, Instant deadline) { return std::min(deadline, at(1)); });
  EXPECT_THAT(empty_out(heap), ElementsAre("c", "a", "b"));
}

TEST(ADeadlineHeapUnderRandomUse, AlwaysHasTheEarliestFirst) {
  std::mt19937 random(11);
  Heap heap;
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < 50; ++i) callers.push_back(std::make_unique<Caller>(""));
  for (int round = 0; round < 20'000; ++round) {
    Caller& caller = *callers[random() % callers.size()];
    if (caller.place.placed()) {
      heap.remove(caller);
    } else {
      heap.add(caller, at(static_cast<int>(random() % 20)));
    }
    const Caller* least = nullptr;
    for (const auto& one : callers) {
      if (one->place.placed() && (!least || one->place.deadline() < least->place.deadline()))
        least = one.get();
    }
    ASSERT_EQ(heap.empty(), least == nullptr);
    if (least) {
      ASSERT_EQ(heap.first()->place.deadline(), least->place.deadline());
    }
  }
  empty_out(heap);
}

#ifndef NDEBUG

TEST_F(ADeadlineHeap, RefusesAMemberTwice) {
  heap.add(a, at(1));
  EXPECT_DEATH(heap.add(a, at(2)), "already in a heap");
}

TEST_F(ADeadlineHeap, RefusesToRemoveWhoIsNotInIt) {
  heap.add(a, at(1));
  EXPECT_DEATH(heap.remove(b), "not in this heap");
}

TEST_F(ADeadlineHeap, HasNoMemberThatEndsWhileItIsIn) {
  EXPECT_DEATH(
      {
        Caller short_lived("short");
        heap.add(short_lived, at(1));
      },
      "destroyed while in a heap");
}

#endif

}  // namespace
}  // namespace mpm
