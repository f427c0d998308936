#pragma once

#include "child_parts.hpp"

#include "child/parking_lot.hpp"

#include <optional>
#include <vector>

#include <gmock/gmock.h>

namespace mpm {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct AParkingLot : ChildParts {
  AParkingLot() { sleep(); }

  /// The listener asks until when it may sleep.
  std::optional<Instant> sleep() { return lot.next_deadline(as.listener, clock.now()); }
  bool watched(const FakeHost& host) { return poller.watches(host.fake_socket); }
  /// What the poller says is ready, without waiting.
  std::vector<Watched*> told() {
    lot.begin_wait(as.listener);
    const auto [status, ready] = poller.wait(as.listener, 0ms);
    EXPECT_TRUE(status.is_ok());
    return {ready.begin(), ready.end()};
  }
  std::vector<ConnectionHost*> take(const std::vector<Watched*>& ready) {
    Convoy convoy;
    lot.take(as.listener, ready, pace, convoy);
    return hosts_of(convoy, Event::Ready);
  }
  std::vector<ConnectionHost*> take_ready() { return take(told()); }
  /// A worker has it, as its client has spoken, and has not read yet.
  FakeHost& spoken_to() {
    FakeHost& host = park_in(State::KeptAlive);
    poller.make_ready(host.fake_socket, Sense::Readable);
    EXPECT_THAT(take_ready(), ElementsAre(&host));
    return host;
  }
  /// The worker reads.
  void read(FakeHost& host) { poller.make_unready(host.fake_socket, Sense::Readable); }
  void park_again() {
    EXPECT_TRUE(lot.park(taken.back(), clock.now()).is_ok());
    taken.pop_back();
  }
  std::vector<ConnectionHost*> expire(Event as_what = Event::Expired) {
    Convoy convoy;
    lot.expire(as.listener, clock.now(), convoy);
    return hosts_of(convoy, as_what);
  }
  std::vector<ConnectionHost*> evict(Instant latest, std::size_t most) {
    Convoy convoy;
    lot.evict(as.listener, latest, most, convoy);
    return hosts_of(convoy, Event::Evicted);
  }
  std::vector<ConnectionHost*> hosts_of(Convoy& convoy, Event happened) {
    std::vector<ConnectionHost*> hosts_in;
    while (ConnectionPtr conn = convoy.take()) {
      EXPECT_EQ(conn->pending, happened);
      hosts_in.push_back(&conn->host());
      taken.push_back(std::move(conn));
    }
    return hosts_in;
  }

  const int places = FakeWatched::living;
  Pace pace = Pace::Rush;
  std::vector<ConnectionPtr> taken;
};

}  // namespace mpm
