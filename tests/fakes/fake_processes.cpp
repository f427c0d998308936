#include "fakes/fake_processes.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace mpm {

void FakeProcesses::every(Duration period, Duration until, const std::function<void()>& happens) {
  for (Duration time = period; time <= until; time += period) at(time, happens);
}

void FakeProcesses::say(int pid, Word word) { spoken_.emplace_back(children_.at(pid).lifeline, word); }

void FakeProcesses::end(int pid, ExitKind kind) {
  const auto child = children_.find(pid);
  ASSERT_NE(child, children_.end()) << "pid " << pid << " does not run";
  spoken_.emplace_back(child->second.lifeline, Word::Gone);
  children_.erase(child);
  ended_.push_back({.pid = pid, .kind = kind});
}

void FakeProcesses::lose(int pid) {
  hang_up(pid);
  children_.erase(pid);
}

bool FakeProcesses::is_child(int pid) const noexcept {
  return children_.contains(pid) || std::ranges::find(ended_, pid, &Death::pid) != ended_.end();
}

void FakeProcesses::hang_up(int pid) { say(pid, Word::Gone); }

void FakeProcesses::end_stranger(int pid, ExitKind kind, Claim claim) {
  strangers_[pid] = claim;
  ended_.push_back({.pid = pid, .kind = kind});
}

int FakeProcesses::births_until(Duration after_start) const {
  return static_cast<int>(
      std::ranges::count_if(birth_times_, [&](Instant time) { return time <= start + after_start; }));
}

int FakeProcesses::pid_at(int slot) const {
  // The youngest, should a test have put two there.
  for (auto child = children_.rbegin(); child != children_.rend(); ++child)
    if (child->second.place.slot == slot) return child->first;
  return 0;
}

Forked FakeProcesses::fork_child(Place place) noexcept {
  if (refusal_) return {.status = *refusal_};
  const int pid = next_pid_++;
  const int lifeline = lifelines_ ? next_fd_++ : -1;
  if (lifeline >= 0) open_.insert(lifeline);
  children_[pid] = {.place = place, .lifeline = lifeline, .born_at = now_};
  births_.push_back(place);
  birth_times_.push_back(now_);
  upbringing_(pid);
  return {.status = Status::ok(), .pid = pid, .lifeline = lifeline};
}

void FakeProcesses::happen_until(Instant time) {
  while (!script_.empty() && script_.begin()->first <= time) {
    now_ = std::max(now_, script_.begin()->first);
    const auto happens = std::move(script_.begin()->second);
    script_.erase(script_.begin());
    happens();
  }
}

void FakeProcesses::listen(std::span<const int> lifelines) {
  for (std::size_t slot = 0; slot < lifelines.size(); ++slot) {
    const int lifeline = lifelines[slot];
    if (lifeline < 0) continue;
    EXPECT_TRUE(open_.contains(lifeline)) << "listens to a lifeline that is closed";
    std::erase_if(spoken_, [&](const auto& spoken) {
      if (spoken.first != lifeline) return false;
      heard_.push_back({.seat = static_cast<int>(slot), .word = spoken.second});
      return true;
    });
  }
}

std::span<const Message> FakeProcesses::wait(const Vigil& vigil) noexcept {
  heard_.clear();
  if (order_ != vigil.known) return heard_;
  listen(vigil.lifelines);
  if (!heard_.empty() || vigil.at_most <= Duration::zero()) return heard_;
  ++sleeps_;
  const Instant until = now_ + vigil.at_most;
  const std::size_t ended = ended_.size();
  // One thing after another, until one of them would have woken us.
  while (heard_.empty() && order_ == vigil.known && now_ < until) {
    const Instant next = script_.empty() ? until : std::min(until, script_.begin()->first);
    happen_until(next);
    now_ = std::max(now_, next);
    listen(vigil.lifelines);
    if (ended_.size() != ended && !heard_.empty()) break;
  }
  return heard_;
}

std::optional<Death> FakeProcesses::next_death() noexcept {
  if (in_between_) std::exchange(in_between_, nullptr)();
  if (ended_.empty()) return std::nullopt;
  const Death death = ended_.front();
  ended_.erase(ended_.begin());
  return death;
}

Processes::Claim FakeProcesses::offer_to_modules(const Death& death) noexcept {
  const auto stranger = strangers_.find(death.pid);
  EXPECT_NE(stranger, strangers_.end()) << "a child of ours was offered to modules";
  return stranger == strangers_.end() ? Claim::Unclaimed : stranger->second;
}

void FakeProcesses::send(int pid, Signal signal) noexcept {
  EXPECT_TRUE(children_.contains(pid) ||
              std::ranges::any_of(ended_, [&](const Death& death) { return death.pid == pid; }))
      << "a signal for pid " << pid << ", which may be anybody's by now";
  sent_.push_back({.pid = pid, .signal = signal, .at = now_});
  if (children_.contains(pid)) reaction_(pid, signal);
}

void FakeProcesses::ask_for_row(int lifeline) noexcept {
  const auto child =
      std::ranges::find(children_, lifeline, [](const auto& one) { return one.second.lifeline; });
  ASSERT_NE(child, children_.end()) << "nobody is at this lifeline";
  asked_for_row_.push_back(child->first);
  if (answer_) say(child->first, *answer_);
}

void FakeProcesses::close_lifeline(int lifeline) noexcept {
  if (lifeline < 0) return;
  EXPECT_EQ(open_.erase(lifeline), 1U) << "closed twice";
  std::erase_if(spoken_, [&](const auto& spoken) { return spoken.first == lifeline; });
}

}  // namespace mpm
