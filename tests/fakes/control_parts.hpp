#pragma once

#include "fakes/fake_child_records.hpp"
#include "fakes/fake_death_pipe.hpp"
#include "fakes/fake_handover.hpp"
#include "fakes/fake_processes.hpp"
#include "fakes/recording_control_journal.hpp"
#include "parent/configuration_end.hpp"
#include "parent/control_loop.hpp"
#include "parent/nursery.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace mpm {

/// A whole control process over fakes. Children say that they serve as soon as they are born, and end at once
/// when they are sent SIGTERM; a test may bring them up differently.
struct ControlParts {
  static constexpr SpawnLimits usual = {.min_spare_threads = 50,
                                        .max_spare_threads = 100,
                                        .max_workers = 200,
                                        .threads_per_child = 25,
                                        .active_limit = 8,
                                        .server_limit = 8,
                                        .buckets = 1};

  struct Presence final : ServerPresence {
    void stop_listening() noexcept override { listening = false; }
    void remove_pid_file() noexcept override { pid_file = false; }
    bool listening = true;
    bool pid_file = true;
  };

  /// The parts, built as the front builds them.
  struct Control {
    Control(ControlParts& room, const SpawnLimits& limits);

    ChildTable children;
    Nursery nursery;
    std::vector<DeathPipe*> pods;
    std::vector<DeathPipe*> old_pods;
    Maintenance maintenance;
    Reaper reaper;
    Predecessors predecessors;
    Succession succession;
    ControlLoop loop;
    ConfigurationEnd end;
  };

  ControlParts();

  /// Begins a generation, as after a reload.
  Control& begin(int generation = 0, const SpawnLimits& limits = usual);

  /// The child in `slot` drains: its threads are no longer ready.
  void drain(int slot);
  /// All threads of the child in `slot` have work.
  void load(int slot);
  [[nodiscard]] int active() { return control->children.headcount().active; }
  [[nodiscard]] int total() { return control->children.headcount().total; }

  std::array<Seat, 32> seats{};
  ControlMemory memory;
  std::array<int, 4> rates = {1, 1, 1, 1};
  FakeProcesses machine;
  FakeChildRecords records{25};
  RecordingControlJournal journal;
  Presence presence;
  FakeHandover handover;
  std::optional<Duration> patience = std::chrono::seconds{30};
  std::array<FakeDeathPipe, 4> pods;
  std::array<FakeDeathPipe, 4> old_pods;
  Reaper::Strangers strangers = Reaper::Strangers::Noted;
  std::optional<Control> control;
};

inline ControlParts::Control::Control(ControlParts& room, const SpawnLimits& limits)
    : children(
          {.seats = std::span(room.seats).first(static_cast<std::size_t>(places_for(limits.server_limit))),
           .memory = room.memory},
          limits, room.records, room.journal),
      nursery(children, room.machine, room.machine, room.journal),
      pods([&] {
        std::vector<DeathPipe*> all;
        for (int i = 0; i < limits.buckets; ++i) all.push_back(&room.pods[static_cast<std::size_t>(i)]);
        return all;
      }()),
      old_pods({&room.old_pods[0]}),
      maintenance({.children = children, .nursery = nursery, .pods = pods, .journal = room.journal},
                  {limits, room.rates, room.memory.hold_off}),
      reaper({.children = children, .processes = room.machine, .journal = room.journal}, maintenance,
             room.strangers),
      predecessors(children, old_pods),
      succession({.children = children,
                  .processes = room.machine,
                  .reaper = reaper,
                  .clock = room.machine,
                  .journal = room.journal,
                  .presence = room.presence,
                  .pods = pods}),
      loop({.processes = room.machine,
            .clock = room.machine,
            .reaper = reaper,
            .maintenance = maintenance,
            .predecessors = predecessors}),
      end({.children = children,
           .processes = room.machine,
           .maintenance = maintenance,
           .predecessors = predecessors,
           .succession = succession,
           .handover = room.handover},
          room.patience) {}

inline ControlParts::ControlParts() {
  machine.upbringing([this](int pid) { machine.say(pid, Word::Serving); });
  machine.when_sent([this](int pid, Processes::Signal) { machine.end(pid); });
}

inline ControlParts::Control& ControlParts::begin(int generation, const SpawnLimits& limits) {
  control.emplace(*this, limits);
  control->children.set_generation(generation);
  return *control;
}

inline void ControlParts::drain(int slot) {
  records[slot].threads = {};
  machine.say(machine.pid_at(slot), Word::Draining);
}

inline void ControlParts::load(int slot) { records[slot].threads = {.idle = 0, .active = 25}; }

}  // namespace mpm
