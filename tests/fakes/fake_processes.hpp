#pragma once

#include "mpm/ports/clock.hpp"
#include "mpm/ports/processes.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace mpm {

/// A machine with children, signals and a clock that only moves while the control process sleeps. What
/// happens is arranged beforehand, at a time; whatever runs is asked about afterwards.
class FakeProcesses final : public Processes, public Clock {
 public:
  struct Child {
    Place place;
    int lifeline = -1;
    Instant born_at{};
  };
  struct Sent {
    int pid;
    Signal signal;
    Instant at;
  };

  // --- arranged by a test
  void at(Duration after_start, std::function<void()> happens) {
    script_.emplace(start + after_start, std::move(happens));
  }
  void every(Duration period, Duration until, const std::function<void()>& happens);
  void order(Order order) { order_ = order; }
  void say(int pid, Word word);
  /// The child is gone: its lifeline ends, and it can be collected.
  void end(int pid, ExitKind kind = ExitKind::Clean);
  /// The child is gone, and somebody else has collected it.
  void lose(int pid);
  /// Its lifeline ends, but it cannot be collected yet, if ever.
  void hang_up(int pid);
  /// Happens after the control process has listened, and before it collects who has ended.
  void in_between(std::function<void()> happens) { in_between_ = std::move(happens); }
  /// A process that is no child of ours.
  void end_stranger(int pid, ExitKind kind, Claim claim);
  void refuse_forks(Status why) { refusal_ = why; }
  void allow_forks() { refusal_.reset(); }
  void without_lifelines() { lifelines_ = false; }
  void with_other_children() { other_children_ = true; }
  /// What new children do; runs at their birth.
  void upbringing(std::function<void(int pid)> first_words) { upbringing_ = std::move(first_words); }
  /// What children answer when they are asked for their row: usually that they have given it up.
  void when_asked_for_row(std::optional<Word> answer) { answer_ = answer; }
  /// What children do when they are sent a signal.
  void when_sent(std::function<void(int pid, Signal)> reaction) { reaction_ = std::move(reaction); }
  void pass(Duration time) { now_ += time; }

  // --- asked by a test
  [[nodiscard]] const std::map<int, Child>& running() const { return children_; }
  [[nodiscard]] const std::vector<Place>& births() const { return births_; }
  [[nodiscard]] int births_until(Duration after_start) const;
  [[nodiscard]] int pid_at(int slot) const;
  [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }
  /// The children that were asked for their row, in that order.
  [[nodiscard]] const std::vector<int>& asked_for_row() const { return asked_for_row_; }
  [[nodiscard]] const std::set<int>& open_lifelines() const { return open_; }
  [[nodiscard]] int seconds_kept() const { return seconds_; }
  [[nodiscard]] int sleeps() const { return sleeps_; }
  [[nodiscard]] int restarts_told() const { return restarts_told_; }
  [[nodiscard]] Duration passed() const { return now_ - start; }

  // --- Clock, Processes
  [[nodiscard]] Instant now() const noexcept override { return now_; }
  [[nodiscard]] Forked fork_child(Place place) noexcept override;
  [[nodiscard]] std::span<const Message> wait(const Vigil& vigil) noexcept override;
  [[nodiscard]] std::optional<Death> next_death() noexcept override;
  [[nodiscard]] bool is_child(int pid) const noexcept override;
  Claim offer_to_modules(const Death& death) noexcept override;
  [[nodiscard]] bool has_other_children() const noexcept override { return other_children_; }
  void tell_modules_of_restart() noexcept override { ++restarts_told_; }
  void housekeeping() noexcept override { ++seconds_; }
  [[nodiscard]] Order order() const noexcept override { return order_; }
  void send(int pid, Signal signal) noexcept override;
  void ask_for_row(int lifeline) noexcept override;
  void close_lifeline(int lifeline) noexcept override;

 private:
  static constexpr Instant start{std::chrono::hours{1}};

  void happen_until(Instant time);
  void listen(std::span<const int> lifelines);

  Instant now_ = start;
  std::multimap<Instant, std::function<void()>> script_;
  Order order_ = Order::None;
  std::optional<Status> refusal_;
  bool lifelines_ = true;
  bool other_children_ = false;
  std::function<void(int)> upbringing_ = [](int) {};
  std::function<void(int, Signal)> reaction_ = [](int, Signal) {};
  std::function<void()> in_between_;

  int next_pid_ = 100;
  int next_fd_ = 1000;
  std::map<int, Child> children_;
  std::vector<Place> births_;
  std::vector<Instant> birth_times_;
  std::vector<std::pair<int, Word>> spoken_;  // lifeline, word
  std::vector<Message> heard_;
  std::vector<Death> ended_;
  std::map<int, Claim> strangers_;
  std::set<int> open_;
  std::vector<Sent> sent_;
  std::vector<int> asked_for_row_;
  std::optional<Word> answer_ = Word::GaveUpRow;
  int seconds_ = 0;
  int sleeps_ = 0;
  int restarts_told_ = 0;
};

}  // namespace mpm
