#pragma once

#include "fakes/chance.hpp"
#include "fakes/control_parts.hpp"

#include <functional>

namespace mpm {

/// The real control process from its first configuration to its last, among children that do what a seed or a
/// tape says: they serve, drain, fall sick, crash, hang up, keep silent, say what nobody asked for. Whenever
/// it sleeps its books are compared with the processes that there are. What is found wrong ends the program.
class ServerLife : private ControlParts {
 public:
  struct Length {
    /// After so many steps the server is stopped, if the tape does not end before; 0 for never.
    long steps = 0;
  };
  ServerLife(const Chance& chance, Length length);

  void live();
  [[nodiscard]] int born() const { return static_cast<int>(machine.births().size()); }
  [[nodiscard]] int configurations() const { return handover.generation(); }

 private:
  [[nodiscard]] SpawnLimits configure();
  /// One configuration, from its start to the end of its part of the work.
  [[nodiscard]] ConfigurationEnd::Next run_one();

  /// While the control process sleeps.
  void step();
  void schedule(Duration later);
  void happen();
  void one_child_acts();
  void machine_changes();
  /// The tape has ended: everybody behaves, and the server has to come to rest with enough children.
  void calm_down();
  void behave(int pid);
  void drain(int pid);
  void obey(int pid, Processes::Signal signal);
  /// So many of those who read from a pipe find a request in it.
  void drain_some(int children, const std::function<bool(const Seat&)>& reads);

  [[nodiscard]] bool is_youngest_at_its_slot(int pid) const;
  void compare_the_books();
  void look_at(const Seat& seat, int place) const;
  void must_have_enough_children();
  void must(bool good, const char* otherwise) const;

  Chance chance_;
  const Length length_;
  const int seats_;
  SpawnLimits limits_;
  long steps_ = 0;
  int calm_steps_ = 0;
  bool stopping_ = false;
  bool obedient_ = true;
};

}  // namespace mpm
