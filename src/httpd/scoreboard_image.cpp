#include "httpd/scoreboard_image.hpp"

#include "httpd/compat.hpp"
#include "os/private_copy.hpp"

#include <httpd.h>

#include <apr_portable.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

int code_of(WorkerStatus status) noexcept {
  switch (status) {
    case WorkerStatus::Starting:
      return SERVER_STARTING;
    case WorkerStatus::Ready:
      return SERVER_READY;
    case WorkerStatus::Draining:
      return SERVER_GRACEFUL;
    case WorkerStatus::Dead:
      break;
  }
  return SERVER_DEAD;
}

}  // namespace

// httpd finds the size out anew each time, and writes what it finds where all threads read it.
ScoreboardImage::ScoreboardImage(const Row& row, int generation, Lifeline lifeline) noexcept
    : process_slot_(row.slot),
      rows_(row.of),
      generation_(generation),
      lifeline_(lifeline),
      bytes_(static_cast<std::size_t>(ap_calc_scoreboard_size())) {}

Ledger::Columns ScoreboardImage::columns() noexcept {
  process_score& record = this->record();
  Ledger::Columns columns{.open = &record.connections};
  const auto column = [&](State state) -> std::uint32_t*& {
    return columns.by_state[static_cast<std::size_t>(state)];
  };
  column(State::Flushing) = &record.write_completion;
  column(State::KeptAlive) = &record.keep_alive;
  column(State::Suspended) = &record.suspended;
  column(State::Lingering) = &record.lingering_close;
  column(State::AwaitingIo) = wait_io_column(record);
  return columns;
}

void ScoreboardImage::sign_in(int thread_slot) noexcept {
  worker_score& worker = worker_of(process_slot_, thread_slot);
  worker.pid = ::getpid();
  worker.tid = apr_os_thread_current();
  worker.generation = generation_;
  show(thread_slot, WorkerStatus::Starting);
}

void ScoreboardImage::show(int thread_slot, WorkerStatus status) noexcept {
  ap_update_child_status_from_indexes(process_slot_, thread_slot, code_of(status), nullptr);
}

void ScoreboardImage::show_accepting(Accepting accepting) noexcept {
  record().not_accepting = accepting == Accepting::No ? 1 : 0;
}

void ScoreboardImage::show_serving() noexcept { lifeline_.say(Word::Serving); }

void ScoreboardImage::show_draining(Reason reason) noexcept {
  record().quiescing = 1;
  lifeline_.say(reason == Reason::Shortage ? Word::Ailing : Word::Draining);
}

// httpd's core and modules write to the scoreboard from every thread, through pointers they may have at this
// moment: the memory under these is exchanged.
void ScoreboardImage::give_up_row(const OnMain&) noexcept {
  const bool given_up = os::make_private(ap_scoreboard_image->global, bytes_);
  lifeline_.say(given_up ? Word::GaveUpRow : Word::KeepsRow);
}

int ScoreboardImage::children_serving() const noexcept {
  int children = 0;
  for (int slot = 0; slot < rows_; ++slot) children += serves(record_of(slot)) ? 1 : 0;
  return children;
}

}  // namespace mpm::httpd
