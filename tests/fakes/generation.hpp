#pragma once

#include "fakes/chance.hpp"
#include "fakes/fake_world.hpp"
#include "fakes/wild_host.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace mpm {

/// One child with real threads, and the world around it, from its start to its end. Chance rules it: who
/// connects, whose socket becomes ready, how time passes, what modules do in threads of their own, how the
/// child is stopped.
class Generation {
 public:
  Generation(std::uint64_t seed, int lives);

  /// Runs the child until `lives` connections or more have been accepted and it has been stopped, or has
  /// left.
  void live();
  /// What is wrong now that the child has ended; empty if nothing is.
  [[nodiscard]] std::string faults();

  [[nodiscard]] int born() const { return clientele_.born; }
  [[nodiscard]] int ended() const { return clientele_.ended; }
  [[nodiscard]] int times_at_rest() const { return rests_; }
  [[nodiscard]] const Clientele& clientele() const { return clientele_; }
  /// For the last word of a watchdog.
  void describe();

 private:
  ChildProcess::Setup random_setup();
  void arrange_refusals();
  void act(Chance& chance);
  void play(std::uint64_t seed);
  void pass_some_time(Chance& chance);
  void connect(Chance& chance);
  void stop_in_time();
  /// Everybody but the child stands still until it has nothing left to do: then the books must be right. Then
  /// until every connection has met its deadline.
  void come_to_rest();
  [[nodiscard]] bool books_are_right();
  [[nodiscard]] bool nobody_is_left();
  /// Whoever has not been accepted.
  void send_the_rest_home();
  /// Lets time pass in steps, while everybody but the child stands still. If that does not help, it is a
  /// fault.
  template <class Condition>
  void pass_until(Condition&& condition, Duration step, const char* otherwise);

  Chance chance_;
  int lives_;
  TimeoutPlan plan_;
  FakeWorld world_;
  std::atomic<unsigned> looks_{0};
  Clientele clientele_{world_.poller};
  std::unique_ptr<ChildProcess> child_;
  const CallAfter call_after_ = [this](Duration after, Timer::Callback callback, void* baton) {
    child_->call_after(after, callback, baton);
  };
  std::atomic<bool> over_{false};
  std::atomic<bool> forced_{false};
  std::atomic<bool> pause_{false};
  std::atomic<bool> paused_{false};
  bool stopped_ = false;
  int rest_at_ = 0;
  int rests_ = 0;
  std::string faults_;
};

}  // namespace mpm
