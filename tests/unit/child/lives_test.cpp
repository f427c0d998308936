#include "fakes/generation.hpp"
#include "fakes/table_names.hpp"
#include "fakes/watchdog.hpp"
#include "mpm/base/guarded.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

namespace mpm {
namespace {

constexpr int lives_per_child = 2'000;

long setting(const char* name, long otherwise) {
  const char* const set = std::getenv(name);
  return set ? std::strtol(set, nullptr, 10) : otherwise;
}

// The real listener, workers, queue, lot, timers, acceptor and stopper, with real threads, in a world that
// chance rules. MPM_SEED repeats a run as far as the scheduler does; MPM_LIVES makes it longer or shorter.
// Two threads in one connection, a connection that ends twice or is used after its end, one that is watched
// twice: each ends the program where it happens. A lost wake-up ends it by the watchdog.
TEST(ChildrenInAWildWorld, LoseNoConnectionAndHoldNoneTwice) {
  const auto seed = static_cast<std::uint64_t>(setting("MPM_SEED", 20'261'121));
  const long lives = setting("MPM_LIVES", 100'000);
  std::printf("MPM_SEED=%llu MPM_LIVES=%ld\n", static_cast<unsigned long long>(seed), lives);

  Chance chance(seed);
  // The watchdog may look at any moment, but at no generation that is over.
  Guarded<Generation*> present{nullptr};
  std::atomic<long> ended{0};
  int at_rest = 0;
  int generations = 0;
  std::array<long, events> happened{};
  const auto progress = [&] {
    return present.with([&](Generation* now) { return ended + (now ? now->ended() : 0); });
  };
  Watchdog watchdog(progress, [&] {
    present.with([](Generation* now) {
      if (now) now->describe();
    });
  });

  for (; ended < lives; ++generations) {
    Generation generation(chance.next(), lives_per_child);
    present.with([&](Generation*& now) { now = &generation; });
    generation.live();
    present.with([&](Generation*& now) {
      now = nullptr;
      ended += generation.ended();
    });
    ASSERT_EQ(generation.faults(), "") << "in generation " << generations;
    at_rest += generation.times_at_rest();
    for (std::size_t event = 0; event < events; ++event) {
      happened[event] += generation.clientele().happened[event];
    }
  }
  std::printf("%ld lives in %d children, the books were checked %d times in between\n", ended.load(),
              generations, at_rest);
  EXPECT_GT(at_rest, 0);
  for (const Event event :
       {Event::Opened, Event::Refused, Event::WantsFlush, Event::WantsIo, Event::WantsSuspend,
        Event::Finished, Event::Flushed, Event::MoreInput, Event::Blocked, Event::Drained}) {
    EXPECT_GT(happened[static_cast<std::size_t>(event)], 0) << name(event);
  }
}

}  // namespace
}  // namespace mpm
