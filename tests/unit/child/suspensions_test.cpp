#include "child/suspensions.hpp"

#include "child_parts.hpp"

#include <functional>
#include <thread>
#include <utility>

#include <gmock/gmock.h>

namespace mpm {
namespace {

using testing::Each;
using testing::ElementsAre;

struct ASuspendedConnection : ChildParts {
  /// A client whose connection a module has suspended.
  FakeHost& suspended() {
    FakeHost& host = suspending();
    drive(host);
    return host;
  }
  void callback_ends() {
    driver.call(as.worker, Timer([](void*) {}, nullptr), slot, hand);
  }
  /// What the thread of another worker does when a timed callback is due that does this.
  std::function<void()> in_a_callback(std::function<void()> act) {
    return [this, act = std::move(act)] {
      const auto run = [](void* baton) { (*static_cast<const std::function<void()>*>(baton))(); };
      std::function<void()> baton = act;
      driver.call(as.worker, Timer(run, &baton), other_slot, other_hand);
    };
  }
  static void elsewhere(const std::function<void()>& act) { std::thread(act).join(); }
  std::function<void()> giving_back(FakeHost& host) {
    return [this, &host] {
      host.given_back_after = suspensions.callbacks_begun();
      host.given_back_in = std::this_thread::get_id();
    };
  }
  /// A client whose handler suspends its connection.
  FakeHost& suspending() {
    FakeHost& host = client();
    host.processes = {Event::WantsSuspend};
    return host;
  }
  void drive(FakeHost& host) { driver.drive(as.worker, connect(host), slot, hand); }
  bool parked(const FakeHost& host) { return poller.watches(host.fake_socket); }

  static constexpr WorkerSlot other_slot{.process_slot = 1, .thread_slot = 3, .thread = nullptr};

  InHand hand;
  InHand other_hand;
};

TEST_F(ASuspendedConnection, GoesOnWhenItWasGivenBackInACallbackOfThisThread) {
  FakeHost& host = suspended();
  host.given_back_in = std::this_thread::get_id();
  callback_ends();
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach", "attach", "flush", "show", "detach"));
  EXPECT_EQ(ledger.in(State::KeptAlive), 1);
  EXPECT_TRUE(parked(host));
}

TEST_F(ASuspendedConnection, IsServedAgainWhenItsNextRequestHasBeenReadAlready) {
  FakeHost& host = suspended();
  host.flushes = {Event::MoreInput};
  host.given_back_in = std::this_thread::get_id();
  callback_ends();
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach", "attach", "flush", "process", "flush",
                                      "show", "detach"));
}

TEST_F(ASuspendedConnection, StaysWithItsModuleWhenTheRequestEndedInAnotherThread) {
  FakeHost& host = suspended();
  std::thread([&] { host.given_back_in = std::this_thread::get_id(); }).join();
  callback_ends();
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  host.end();
}

// A worker that is started later may get the id of a thread that has ended.
TEST_F(ASuspendedConnection, StaysWithItsModuleWhenTheRequestEndedBeforeTheCallbackOfAThreadOfTheSameId) {
  FakeHost& host = suspended();
  host.given_back_after = suspensions.callbacks_begun();
  host.given_back_in = std::this_thread::get_id();
  callback_ends();
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  host.end();
}

TEST_F(ASuspendedConnection, StaysWhenAnotherOneIsGivenBack) {
  FakeHost& ended = suspended();
  FakeHost& staying = suspended();
  FakeHost& back = suspended();
  ended.end();
  back.given_back_in = std::this_thread::get_id();
  callback_ends();
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  EXPECT_TRUE(parked(back));
  staying.end();
  EXPECT_EQ(ledger.in(State::Suspended), 0);
}

TEST_F(ASuspendedConnection, CanBeSuspendedAgain) {
  FakeHost& host = suspended();
  host.processes = {Event::WantsSuspend};
  host.flushes = {Event::MoreInput};
  host.given_back_in = std::this_thread::get_id();
  host.during_process = [&host] { host.given_back_in = std::thread::id{}; };
  callback_ends();
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  host.end();
}

TEST_F(ASuspendedConnection, GoesOnWithTheWorkerThatStillLetsGoOfItWhenItIsGivenBack) {
  FakeHost& host = suspending();
  host.during_detach = [&] {
    if (host.detached > 0) return;
    elsewhere(in_a_callback(giving_back(host)));
    EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach"));
  };
  drive(host);
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach", "attach", "flush", "show", "detach"));
  EXPECT_THAT(host.slots, Each(slot.thread_slot));
  EXPECT_TRUE(parked(host));
}

TEST_F(ASuspendedConnection, GoesOnWithTheWorkerThatHasNotYetBegunToLetGoOfItWhenItIsGivenBack) {
  FakeHost& host = suspending();
  host.during_process = [&] { elsewhere(in_a_callback(giving_back(host))); };
  drive(host);
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach", "attach", "flush", "show", "detach"));
  EXPECT_THAT(host.slots, Each(slot.thread_slot));
  EXPECT_TRUE(parked(host));
}

TEST_F(ASuspendedConnection, GoesOnThoughTheOtherWorkerHasRunAnotherCallbackSince) {
  FakeHost& host = suspending();
  host.during_process = [&] {
    elsewhere([&] {
      in_a_callback(giving_back(host))();
      in_a_callback([] {})();
    });
  };
  drive(host);
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach", "attach", "flush", "show", "detach"));
}

TEST_F(ASuspendedConnection, DoesNotWaitForAnotherThatWasGivenBackInTheSameCallback) {
  FakeHost& another = suspended();
  FakeHost& host = suspending();
  std::thread other;
  std::atomic<bool> is_serving{false};
  std::atomic<bool> may_end{false};
  another.flushes = {Event::MoreInput};
  another.during_process = [&] {
    is_serving = true;
    await([&] { return may_end.load(); });
  };
  host.during_process = [&] {
    other = std::thread(in_a_callback([&] {
      giving_back(another)();
      giving_back(host)();
    }));
    await([&] { return is_serving.load(); });
  };
  drive(host);
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach", "attach", "flush", "show", "detach"));
  may_end = true;
  other.join();
}

TEST_F(ASuspendedConnection, IsForAnyWorkerWhenTheCallbackGaveAnotherBackBeforeIt) {
  FakeHost& first = suspended();
  FakeHost& second = suspended();
  first.flushes = {Event::MoreInput};
  Bench another_worker;
  queue.enrol(as.worker, another_worker, clock.now());
  bool can_be_taken = false;
  first.during_process = [&] {
    const WorkQueue::Taken taken = queue.take(as.worker, another_worker, clock.now());
    can_be_taken = std::holds_alternative<Work>(taken);
  };
  in_a_callback([&] {
    giving_back(first)();
    giving_back(second)();
  })();
  EXPECT_TRUE(can_be_taken);
  stop.raise(StopStage::Forced);
  static_cast<void>(queue.take(as.worker, another_worker, clock.now()));  // it leaves
}

// The request has ended, but the callback still runs, and may use the connection.
TEST_F(ASuspendedConnection, GoesOnWithTheWorkerWhoseCallbackIsNotOverWhenTheOtherHasLetGo) {
  FakeHost& host = suspending();
  std::thread other;
  std::atomic<bool> was_let_go{false};
  host.during_process = [&] {
    elsewhere(in_a_callback([] {}));
    other = std::thread(in_a_callback([&] {
      giving_back(host)();
      await([&] { return was_let_go.load(); });
    }));
    await([&] { return host.given_back_in == other.get_id(); });
  };
  drive(host);
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  was_let_go = true;
  other.join();
  EXPECT_THAT(host.calls, ElementsAre("open", "process", "detach", "attach", "flush", "show", "detach"));
  EXPECT_THAT(host.slots, ElementsAre(slot.thread_slot, other_slot.thread_slot));
}

TEST_F(ASuspendedConnection, StaysWithItsModuleWhenTheRequestEndedInAThreadOfThatBeforeItWasLetGo) {
  FakeHost& host = suspending();
  host.during_process = [&] { elsewhere(giving_back(host)); };
  host.during_detach = in_a_callback([] {});
  drive(host);
  EXPECT_EQ(ledger.in(State::Suspended), 1);
  host.end();
}

TEST_F(ASuspendedConnection, MayEndWhileItsWorkerLetsGoOfIt) {
  FakeHost& host = suspending();
  host.during_detach = [&] { elsewhere([&] { host.end(); }); };
  drive(host);
  EXPECT_EQ(host.ended, 1);
  EXPECT_EQ(host.unseated, 0) << "its memory is no longer there";
  EXPECT_EQ(ledger.open(), 0);
}

TEST_F(ASuspendedConnection, IsNotServedInADeeperCallForEachRequestThatIsGivenBackAtOnce) {
  constexpr int many = 100'000;
  FakeHost& host = client();
  host.processes.assign(many, Event::WantsSuspend);
  host.flushes.assign(many, Event::MoreInput);
  host.during_detach = [&] {
    if (!host.flushes.empty()) in_a_callback(giving_back(host))();
  };
  drive(host);
  EXPECT_TRUE(parked(host));
}

}  // namespace
}  // namespace mpm
