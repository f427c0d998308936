#include "mpm/base/list.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Guest {
  explicit Guest(std::string called) : name(std::move(called)) {}
  std::string name;
  Link<Guest> link;
};
using Row = List<Guest, &Guest::link>;

std::vector<std::string> names(const Row& row) {
  std::vector<std::string> names;
  for (const Guest* guest = row.front(); guest; guest = row.after(*guest)) names.push_back(guest->name);
  return names;
}

struct AList : testing::Test {
  ~AList() override {
    while (row.pop_front()) {
    }
  }
  Row row;
  Guest a{"a"}, b{"b"}, c{"c"};
};

TEST_F(AList, IsEmptyAtFirst) {
  EXPECT_TRUE(row.empty());
  EXPECT_EQ(row.size(), 0U);
  EXPECT_EQ(row.front(), nullptr);
  EXPECT_EQ(row.back(), nullptr);
  EXPECT_EQ(row.pop_front(), nullptr);
}

TEST_F(AList, KeepsTheOrderInWhichMembersJoined) {
  row.push_back(a);
  row.push_back(b);
  row.push_back(c);
  EXPECT_THAT(names(row), ElementsAre("a", "b", "c"));
  EXPECT_EQ(row.front(), &a);
  EXPECT_EQ(row.back(), &c);
  EXPECT_EQ(row.size(), 3U);
}

TEST_F(AList, GivesTheOldestFirst) {
  row.push_back(a);
  row.push_back(b);
  EXPECT_EQ(row.pop_front(), &a);
  EXPECT_EQ(row.pop_front(), &b);
  EXPECT_TRUE(row.empty());
}

TEST_F(AList, LetsAMemberOutOfItsMiddle) {
  row.push_back(a);
  row.push_back(b);
  row.push_back(c);
  row.remove(b);
  EXPECT_THAT(names(row), ElementsAre("a", "c"));
  EXPECT_EQ(row.size(), 2U);
}

TEST_F(AList, LetsItsOnlyMemberOut) {
  row.push_back(a);
  row.remove(a);
  EXPECT_THAT(names(row), IsEmpty());
  EXPECT_EQ(row.back(), nullptr);
}

TEST_F(AList, TakesAMemberBackAtItsEnd) {
  row.push_back(a);
  row.push_back(b);
  row.remove(a);
  row.push_back(a);
  EXPECT_THAT(names(row), ElementsAre("b", "a"));
}

TEST_F(AList, TellsItsMembersThatTheyAreLinked) {
  EXPECT_FALSE(a.link.linked());
  row.push_back(a);
  EXPECT_TRUE(a.link.linked());
  row.remove(a);
  EXPECT_FALSE(a.link.linked());
}

#ifndef NDEBUG

TEST_F(AList, RefusesAMemberTwice) {
  row.push_back(a);
  EXPECT_DEATH(row.push_back(a), "already in a list");
}

TEST_F(AList, RefusesToRemoveWhoIsNotInIt) { EXPECT_DEATH(row.remove(a), "not in a list"); }

TEST_F(AList, RefusesToEndWithMembers) {
  EXPECT_DEATH(
      {
        Row short_lived;
        short_lived.push_back(a);
      },
      "destroyed with members");
}

TEST_F(AList, HasNoMemberThatEndsWhileItIsIn) {
  EXPECT_DEATH(
      {
        Guest short_lived("short");
        row.push_back(short_lived);
      },
      "destroyed while in a list");
}

#endif

}  // namespace
}  // namespace mpm
