#include "fakes/fake_poller.hpp"

#include <algorithm>
#include <cstdlib>

namespace mpm {
namespace {

/// Two threads that wait at a time have the watch both.
class SoleWait {
 public:
  explicit SoleWait(std::atomic<bool>& waiting) : waiting_(waiting) {
    if (waiting_.exchange(true, std::memory_order_relaxed)) std::abort();
  }
  ~SoleWait() { waiting_.store(false, std::memory_order_relaxed); }
  SoleWait(const SoleWait&) = delete;
  SoleWait& operator=(const SoleWait&) = delete;

 private:
  std::atomic<bool>& waiting_;
};

FakeWatched& fake(Watched& socket) noexcept { return static_cast<FakeWatched&>(socket); }

}  // namespace

FakePoller::FakePoller(FakeClock& clock) : clock_(clock) {
  clock.tell([this] { stir(); });
}

Status FakePoller::watch(Watched& socket, Sense sense) noexcept {
  FakeSocket& at = fake(socket).socket;
  const std::lock_guard hold(mutex_);
  ++watch_calls_;
  if (refusals_ > 0) {
    --refusals_;
    return refusal_;
  }
  if (refuses && refuses(at)) return Status{28};
  if (at.watched_) std::abort();  // watched twice: two holders
  at.watched_ = true;
  at.sense_ = sense;
  watched_.push_back(&fake(socket));
  changed_.notify_all();
  return Status::ok();
}

Status FakePoller::forget(Watched& socket) noexcept {
  const std::lock_guard hold(mutex_);
  const auto at = std::find(watched_.begin(), watched_.end(), &fake(socket));
  if (at == watched_.end() || cannot_forget) return Status{2};
  fake(socket).socket.watched_ = false;
  watched_.erase(at);
  return Status::ok();
}

bool FakePoller::collect() {
  found_.clear();
  for (FakeWatched* const watched : watched_) {
    if (ready(watched->socket)) found_.push_back(watched);
  }
  return !found_.empty();
}

bool FakePoller::has_to_rise() {
  const bool found = collect();
  return found || woken_ || (until_ && clock_.now() >= *until_);
}

Poller::Found FakePoller::wait(const OnListener&, std::optional<std::chrono::milliseconds> longest) noexcept {
  const SoleWait sole(waiting_);
  std::unique_lock hold(mutex_);
  waiters_.insert(std::this_thread::get_id());
  until_ = longest ? std::optional{clock_.now() + *longest} : std::nullopt;
  for (;;) {
    if (!broken_.is_ok()) return {broken_, {}};
    if (has_to_rise()) {
      woken_ = false;
      return {Status::ok(), found_};
    }
    asleep_ = true;
    if (while_asleep) {
      hold.unlock();
      while_asleep(longest);
      hold.lock();
    } else {
      changed_.wait(hold);
    }
    asleep_ = false;
  }
}

bool FakePoller::is_ready(const Watched& socket) const noexcept {
  ++asked_;
  const std::lock_guard hold(mutex_);
  return ready(static_cast<const FakeWatched&>(socket).socket);
}

bool FakePoller::ready(const FakeSocket& socket) noexcept {
  return socket.sense_ == Sense::Readable ? socket.readable_ : socket.writable_;
}

void FakePoller::wake() noexcept {
  const std::lock_guard hold(mutex_);
  woken_ = true;
  ++wakes_;
  changed_.notify_all();
}

void FakePoller::stir() {
  const std::lock_guard hold(mutex_);
  changed_.notify_all();
}

void FakePoller::set(FakeSocket& socket, Sense sense, bool ready) {
  const std::lock_guard hold(mutex_);
  (sense == Sense::Readable ? socket.readable_ : socket.writable_) = ready;
  if (ready) changed_.notify_all();
}

bool FakePoller::watches(const FakeSocket& socket) {
  const std::lock_guard hold(mutex_);
  return socket.watched_;
}

bool FakePoller::is_quiet(const FakeSocket& socket) {
  const std::lock_guard hold(mutex_);
  return socket.watched_ && !ready(socket);
}

Sense FakePoller::sense(const FakeSocket& socket) {
  const std::lock_guard hold(mutex_);
  return socket.sense_;
}

std::size_t FakePoller::watched() {
  const std::lock_guard hold(mutex_);
  return watched_.size();
}

std::size_t FakePoller::waiters() {
  const std::lock_guard hold(mutex_);
  return waiters_.size();
}

int FakePoller::watch_calls() {
  const std::lock_guard hold(mutex_);
  return watch_calls_;
}

int FakePoller::wakes() {
  const std::lock_guard hold(mutex_);
  return wakes_;
}

bool FakePoller::asleep() {
  const std::lock_guard hold(mutex_);
  return asleep_ && broken_.is_ok() && !has_to_rise();
}

void FakePoller::refuse(Status why, int times) {
  const std::lock_guard hold(mutex_);
  refusal_ = why;
  refusals_ = times;
}

void FakePoller::break_down(Status why) {
  const std::lock_guard hold(mutex_);
  broken_ = why;
  changed_.notify_all();
}

}  // namespace mpm
