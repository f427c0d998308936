#include "fakes/fake_listen_sockets.hpp"

#include <utility>

namespace mpm {

ListenSocket::Arrival FakeListenSocket::accept(const OnListener&) noexcept {
  ++asked;
  if (before_accept) std::exchange(before_accept, nullptr)();
  const std::lock_guard hold(mutex_);
  if (gone_ > 0) {
    --gone_;
    return {Outcome::Gone};
  }
  if (backlog_.empty()) return {Outcome::Nobody};
  ConnectionHost* const first = backlog_.front();
  backlog_.pop_front();
  if (backlog_.empty()) poller_.make_unready(fake_socket, Sense::Readable);
  return {first ? Outcome::Accepted : Outcome::Shortage, first};
}

void FakeListenSocket::arrive(ConnectionHost& client) {
  const std::lock_guard hold(mutex_);
  backlog_.push_back(&client);
  poller_.make_ready(fake_socket, Sense::Readable);
}

void FakeListenSocket::arrive_and_go(int count) {
  const std::lock_guard hold(mutex_);
  gone_ = count;
  poller_.make_ready(fake_socket, Sense::Readable);
}

void FakeListenSocket::fall_short() {
  const std::lock_guard hold(mutex_);
  backlog_.push_back(nullptr);
  poller_.make_ready(fake_socket, Sense::Readable);
}

ConnectionHost* FakeListenSocket::give_up() {
  const std::lock_guard hold(mutex_);
  std::erase(backlog_, nullptr);
  if (backlog_.empty()) return nullptr;
  ConnectionHost* const gone = backlog_.front();
  backlog_.pop_front();
  if (backlog_.empty()) poller_.make_unready(fake_socket, Sense::Readable);
  return gone;
}

std::size_t FakeListenSocket::waiting() {
  const std::lock_guard hold(mutex_);
  return backlog_.size();
}

}  // namespace mpm
