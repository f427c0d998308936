#pragma once

#include "mpm/ports/connection_host.hpp"

#include <cstddef>
#include <memory>

namespace mpm::bench {

/// A connection's outside of which nothing happens: room for the Connection, and its end.
class PlainHost final : public ConnectionHost {
 public:
  void* room(std::size_t, Destroy destroy) noexcept override {
    destroy_ = destroy;
    return room_;
  }
  std::unique_ptr<Watched> watchable() noexcept override { return std::make_unique<Watched>(); }

  Event open(const OnWorker&, const WorkerSlot&) noexcept override { return Event::Opened; }
  void attach(const OnWorker&, const WorkerSlot&) noexcept override {}
  void detach(const OnWorker&) noexcept override {}
  void unseat() noexcept override {}
  [[nodiscard]] bool was_given_back(const Caller&) const noexcept override { return false; }
  Event process(const OnWorker&) noexcept override { return Event::WantsFlush; }
  Event flush(const OnWorker&) noexcept override { return Event::Flushed; }
  Event start_linger(const OnWorker&, Linger&) noexcept override { return Event::Drained; }
  Event drain(const OnWorker&) noexcept override { return Event::Drained; }
  void show(const OnWorker&, State) noexcept override {}
  Sense sense(State) noexcept override { return Sense::Readable; }
  [[nodiscard]] QueueNumber queue(State) const noexcept override { return 0; }
  [[nodiscard]] bool input_waits() const noexcept override { return false; }
  void sever() noexcept override {}
  void end() noexcept override { destroy_(room_); }

 private:
  alignas(std::max_align_t) std::byte room_[512];
  Destroy destroy_ = nullptr;
};

}  // namespace mpm::bench
