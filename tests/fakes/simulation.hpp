#pragma once

#include "fakes/parts_of_a_child.hpp"
#include "fakes/wild_host.hpp"

#include <deque>

namespace mpm {

/// The real listener, queue, lot, acceptor, timers and driver on one thread, so that a seed or a tape decides
/// everything: while the listener sleeps, chance moves the world by one step, or lets a worker take its turn;
/// and so it does while a worker runs the code of modules. After every step the books are compared with the
/// connections. What is found wrong ends the program.
class Simulation final : private PartsOfAChild, private Farewell {
 public:
  enum class Trouble { None, Some };
  struct Shape {
    Quota quota;
    int workers = 1;
    /// So many more have no thread at first.
    int reserve = 0;
    /// After so many steps the child is stopped, if the tape does not end before; 0 for never.
    long steps = 0;
    /// Stops at any time, pollers that fail, shortages.
    Trouble trouble = Trouble::None;
  };
  Simulation(const Chance& chance, const Shape& shape);
  ~Simulation();

  /// One child, to its end.
  void live();
  [[nodiscard]] int born() const { return clientele_.born; }

 private:
  struct Hired {
    enum class Is { Awake, AtWork, Asleep, Gone };

    Bench bench;
    InHand hand;
    Is is = Is::Awake;
  };

  void gone() noexcept override { ++farewells_; }

  /// While the listener sleeps.
  void asleep(std::optional<std::chrono::milliseconds> longest);
  /// While a worker is in the code of a module.
  void meanwhile();
  void step();
  void happen();
  /// The tape has ended: nobody speaks or comes any more, and the child has to end by itself.
  void wind_up();
  /// The main thread's turn: hires who was called, and up to `ahead` more; sometimes nobody can be had.
  void hire(int ahead);
  /// The thread of one that was hired comes to life.
  bool one_comes();
  /// False if the worker cannot do anything.
  bool take_a_turn(Hired& worker);
  void do_work(Hired& worker, Work work);
  void make_trouble();
  void stop_child(StopStage stage);
  void connect();
  void pass_some_time();
  void send_workers_home();

  void compare_the_books();
  /// Does anybody wait for something that nobody is going to do?
  void look_who_is_forgotten(std::optional<std::chrono::milliseconds> longest);
  /// And nobody else is called or about to come.
  [[nodiscard]] bool all_workers_sleep();
  void must(bool good, const char* otherwise) const;

  Chance chance_;
  const Shape shape_;
  Clientele clientele_{poller};
  const CallAfter call_after_ = [this](Duration after, Timer::Callback callback, void* baton) {
    timers.add(std::make_unique<Timer>(callback, baton), clock.now() + after);
  };
  Listener listener_{around_listener(*this)};
  std::deque<Hired> workers_;
  int coming_ = 0;
  long steps_ = 0;
  int winding_up_ = 0;
  int farewells_ = 0;
};

}  // namespace mpm
