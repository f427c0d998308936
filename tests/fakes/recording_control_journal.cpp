#include "fakes/recording_control_journal.hpp"

#include <algorithm>

namespace mpm {
namespace {

std::string text(int number) { return std::to_string(number); }

std::string text(const ChildName& child) {
  return text(child.slot) + " pid " + text(child.pid) + " gen " + text(child.generation);
}

std::string text(const Headcount& now) {
  return " active " + text(now.active) + "/" + text(now.active_limit) + " total " + text(now.total) + "/" +
         text(now.seats_used) + "/" + text(now.server_limit);
}

}  // namespace

int RecordingControlJournal::count(const std::string& line) const {
  return static_cast<int>(std::ranges::count(lines_, line));
}

void RecordingControlJournal::child_started(const ChildName& child, const Headcount& now) noexcept {
  lines_.push_back("started " + text(child) + text(now));
}

void RecordingControlJournal::child_draining(const ChildName& child, const Headcount& now) noexcept {
  lines_.push_back("draining " + text(child) + text(now));
}

void RecordingControlJournal::child_gave_up_row(const ChildName& child, const Headcount& now) noexcept {
  lines_.push_back("gave up row " + text(child) + text(now));
}

void RecordingControlJournal::child_stopped(const ChildName& child, const Headcount& now,
                                            Farewell how) noexcept {
  lines_.push_back((how == Farewell::Sudden ? "stopped suddenly " : "stopped ") + text(child) + text(now));
}

void RecordingControlJournal::fork_failed(Status why) noexcept {
  lines_.push_back("fork failed " + text(why.code()));
}

void RecordingControlJournal::fatal_child_ignored(int pid) noexcept {
  lines_.push_back("fatal ignored " + text(pid));
}

void RecordingControlJournal::unknown_child(int pid) noexcept { lines_.push_back("unknown " + text(pid)); }

void RecordingControlJournal::saturated(Saturated how) noexcept {
  lines_.push_back(how.idle == Saturated::Left::None ? "saturated" : "nearly saturated");
}

void RecordingControlJournal::spawning_fast(const Fork& fork, const Census&) noexcept {
  lines_.push_back("spawning " + text(fork.children));
}

void RecordingControlJournal::active_limit_reached(const Headcount&) noexcept {
  lines_.push_back("active limit");
}

void RecordingControlJournal::too_many_idle(Retiring when, const Headcount&, int) noexcept {
  lines_.push_back(when == Retiring::Now ? "retiring one" : "retiring later");
}

void RecordingControlJournal::child_outstays(int pid) noexcept { lines_.push_back("outstays " + text(pid)); }

void RecordingControlJournal::killing_child(int pid) noexcept { lines_.push_back("killing " + text(pid)); }

void RecordingControlJournal::cannot_end_child(int pid) noexcept {
  lines_.push_back("cannot end " + text(pid));
}

}  // namespace mpm
