#include "apr/pool.hpp"

#include "adapters/apr_world.hpp"

#include <utility>

namespace mpm::apr {
namespace {

class PoolTest : public AprWorld {
 protected:
  Pool followed() {
    Pool made = Pool::below(pool_, "test");
    ends_.follow(made.get());
    return made;
  }

  Ends ends_;
};

TEST_F(PoolTest, EndsWithItsOwner) {
  {
    const Pool owner = followed();
    EXPECT_EQ(ends_.count(), 0);
  }
  EXPECT_EQ(ends_.count(), 1);
}

TEST_F(PoolTest, LivesOnWhereItIsMovedTo) {
  Pool first = followed();
  {
    const Pool second = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that it is empty is what is tested
    EXPECT_TRUE(second);
    EXPECT_EQ(ends_.count(), 0);
  }
  EXPECT_EQ(ends_.count(), 1);
}

TEST_F(PoolTest, EndsWhenAnotherTakesItsPlace) {
  Pool owner = followed();
  owner = Pool::below(pool_, "next");
  EXPECT_EQ(ends_.count(), 1);
  EXPECT_TRUE(owner);
}

TEST_F(PoolTest, IsNobodysOnceReleased) {
  apr_pool_t* raw = nullptr;
  {
    Pool owner = followed();
    raw = owner.release();
    EXPECT_FALSE(owner);
  }
  EXPECT_EQ(ends_.count(), 0);
  apr_pool_destroy(raw);
  EXPECT_EQ(ends_.count(), 1);
}

TEST_F(PoolTest, EndsBelowItsParent) {
  apr_pool_t* parent = nullptr;
  apr_pool_create(&parent, pool_);
  Pool child = Pool::below(parent, "child");
  ends_.follow(child.release());
  apr_pool_destroy(parent);
  EXPECT_EQ(ends_.count(), 1);
}

}  // namespace
}  // namespace mpm::apr
