#include "httpd/conn_rec_host.hpp"

#include "httpd/compat.hpp"
#include "httpd/module.hpp"

#include <new>
#include <utility>

#include <apr_portable.h>
#include <apr_tables.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_vhost.h>
#include <mpm_common.h>
#include <sys/socket.h>

namespace mpm::httpd {
namespace {

// What a flooding client may keep one worker busy with before others get their turn: half a megabyte.
constexpr int drain_rounds = 32;
constexpr std::size_t drain_buffer = std::size_t{16} * 1024;

conn_state_e public_state(State state) noexcept {
  switch (state) {
    case State::Flushing:
      return CONN_STATE_WRITE_COMPLETION;
    case State::AwaitingIo:
      return state_awaiting_io;
    case State::KeptAlive:
      return state_keptalive;
    default:
      return state_processing;
  }
}

// The core's own filter is the last one. Called without a brigade it writes what it has kept, as far as the
// client takes it without waiting, and says in data_in_output_filters whether that was all.
apr_status_t write_what_was_kept(conn_rec* c) noexcept {
  ap_filter_t* core = c->output_filters;
  while (core->next) core = core->next;
  return core->frec->filter_func.out_func(core, nullptr);
}

}  // namespace

ConnRecHost& ConnRecHost::make(apr::ConnectionMemory memory, apr_socket_t* socket,
                               int thread_limit) noexcept {
  void* const room = apr_palloc(memory.pool.get(), sizeof(ConnRecHost));
  auto* const host = ::new (room) ConnRecHost(memory, socket, thread_limit);
  apr_pool_cleanup_register(host->pool_, host, &when_pool_ends, &apr_pool_cleanup_null);
  apr_pool_pre_cleanup_register(host->pool_, host, &before_pool_ends);
  return *host;
}

void* ConnRecHost::room(std::size_t size, Destroy destroy) noexcept {
  made_ = apr_palloc(pool_, size);
  destroy_ = destroy;
  return made_;
}

Event ConnRecHost::open(const OnWorker&, const WorkerSlot& slot) noexcept {
  ap_create_sb_handle(&scoreboard_, pool_, slot.process_slot, slot.thread_slot);
  conn_ = ap_run_create_connection(pool_, ap_server_conf, socket_, id_at(slot), scoreboard_, buckets_);
  if (!conn_) return Event::Refused;

  config_.state.state = state_processing;
  config_.state.sense = CONN_SENSE_DEFAULT;
  config_.queues =
      *static_cast<const HostQueues*>(ap_get_module_config(ap_server_conf->module_config, &mpm_event_module));
  ap_set_module_config(conn_->conn_config, &mpm_event_module, &config_);
  conn_->cs = &config_.state;
  sit_down(slot);
  ap_update_vhost_given_ip(conn_);

  const int answer = run_pre_connection(conn_, socket_);
  if (answer == OK || answer == DONE) {
    bulk_.join(conn_);
    return Event::Opened;
  }
  ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, conn_,
                APLOGNO(00469) "a pre_connection hook answered %d: connection aborted", answer);
  return Event::Refused;
}

// Modules tell connections apart by it across processes (mod_cgid), also from those of a child that has given
// up its row.
long ConnRecHost::id_at(const WorkerSlot& slot) const noexcept {
  return static_cast<long>(slot.process_number) * thread_limit_ + slot.thread_slot;
}

void ConnRecHost::sit_down(const WorkerSlot& slot) noexcept {
  conn_->current_thread = reinterpret_cast<apr_thread_t*>(slot.thread);
  conn_->id = id_at(slot);
}

void ConnRecHost::attach(const OnWorker&, const WorkerSlot& slot) noexcept {
  ap_update_sb_handle(scoreboard_, slot.process_slot, slot.thread_slot);
  sit_down(slot);
  const conn_state_e state = config_.state.state;
  if (state == state_keptalive || state == state_awaiting_io) config_.state.state = state_processing;
  // Given back to be closed: the client has gone, as a rule.
  if (state == CONN_STATE_LINGER) conn_->keepalive = AP_CONN_CLOSE;
  resume(scoreboard_);
}

void ConnRecHost::resume(ap_sb_handle_t* scoreboard) noexcept {
  suspended_.store(false, std::memory_order_relaxed);
  conn_->sbh = scoreboard;
  ap_run_resume_connection(conn_, config_.request.load(std::memory_order_relaxed));
}

void ConnRecHost::detach(const OnWorker&) noexcept {
  if (suspended_.load(std::memory_order_relaxed)) return;
  suspended_.store(true, std::memory_order_relaxed);
  ap_run_suspend_connection(conn_, config_.request.load(std::memory_order_relaxed));
}

void ConnRecHost::unseat() noexcept { conn_->sbh = nullptr; }

// What ap_process_request_after_handler() leaves behind, for a client that is there and for one that has
// gone. The state is only looked at if it was written in that thread. A request whose last bytes the client
// has not read yet has not ended, and its connection stays suspended.
bool ConnRecHost::was_given_back(const Caller& caller) const noexcept {
  if (config_.ended_in.load(std::memory_order_relaxed) != caller.thread) return false;
  if (config_.ended_after.load(std::memory_order_relaxed) < caller.since) return false;
  return config_.state.state == CONN_STATE_WRITE_COMPLETION || config_.state.state == CONN_STATE_LINGER;
}

Event ConnRecHost::process(const OnWorker&) noexcept {
  config_.state.state = state_processing;
  config_.ended_in.store(std::thread::id{}, std::memory_order_relaxed);
  bulk_.begin_keeping();
  const int answer = ap_run_process_connection(conn_);
  bulk_.end_keeping();
  const Event event = outcome(answer);
  // It is its module's already. It is still its module's if the request has ended in another thread, by
  // whatever state: the callback there may not be over.
  if (event == Event::WantsSuspend || has_ended_elsewhere()) return Event::WantsSuspend;
  if (conn_->aborted) return Event::Finished;
  if (event != Event::Finished || !output_waits()) return event;
  // What a module wrote before it finished goes out like any response, without a worker waiting for the
  // client.
  conn_->keepalive = AP_CONN_CLOSE;
  return Event::WantsFlush;
}

bool ConnRecHost::output_waits() const noexcept { return conn_->data_in_output_filters || bulk_.holds(); }

bool ConnRecHost::has_ended_elsewhere() const noexcept {
  const std::thread::id there = config_.ended_in.load(std::memory_order_relaxed);
  return there != std::thread::id{} && there != std::this_thread::get_id();
}

// Hooks written for other MPMs return OK and leave the state alone: for those, the connection is finished.
Event ConnRecHost::outcome(int answer) noexcept {
  const conn_state_e state = config_.state.state;
  if (answer == OK || answer == DONE) {
    if (state == CONN_STATE_WRITE_COMPLETION || state == state_keptalive) return Event::WantsFlush;
    if (wants_io(state)) return Event::WantsIo;
    if (state == CONN_STATE_SUSPENDED) return Event::WantsSuspend;
    if (state == state_processing || state == CONN_STATE_LINGER) return Event::Finished;
  }
  ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, conn_,
                APLOGNO(10111) "connection processing returned %d (state %d): closing", answer,
                static_cast<int>(state));
  return Event::Finished;
}

Event ConnRecHost::flush(const OnWorker&) noexcept {
  // Before httpd could wait for input and output (2.4.63), modules with such filters asked for their turn
  // this way.
  if (std::exchange(waited_for_input_, false) && conn_->clogging_input_filters) return Event::MoreInput;
  config_.state.state = CONN_STATE_WRITE_COMPLETION;
  ap_update_child_status(scoreboard_, SERVER_BUSY_WRITE, nullptr);
  apr_status_t written = write_what_was_kept(conn_);
  if (written == APR_SUCCESS) written = bulk_.feed();
  if (written != APR_SUCCESS) {
    ap_log_cerror(APLOG_MARK, APLOG_DEBUG, written, conn_, APLOGNO(00470) "could not write the response out");
    return Event::Finished;
  }
  if (conn_->data_in_output_filters || config_.state.sense == CONN_SENSE_WANT_READ) return Event::Blocked;
  if (conn_->keepalive != AP_CONN_KEEPALIVE || conn_->aborted) return Event::Finished;
  return conn_->data_in_input_filters ? Event::MoreInput : Event::Flushed;
}

Event ConnRecHost::start_linger(const OnWorker& here, Linger& kind) noexcept {
  config_.state.state = CONN_STATE_LINGER;
  if (kind == Linger::Short) apr_table_setn(conn_->notes, "short-lingering-close", "1");
  apr_socket_t* const socket = ap_get_conn_socket(conn_);
  // A module that took the socket away also took over the end of the connection.
  if (!socket) {
    detach(here);
    return Event::Drained;
  }
  // What a module left unsent while it waited for the client goes out now. What is still held then has waited
  // for a whole Timeout: the client does not read, and a flush would hold this worker in vain.
  if (output_waits()) static_cast<void>(write_what_was_kept(conn_));
  if (output_waits()) conn_->aborted = 1;
  apr_socket_timeout_set(socket, Duration(short_linger).count());
  const bool nothing_to_wait_for = ap_start_lingering_close(conn_) != 0;
  if (!nothing_to_wait_for) {
    apr_socket_timeout_set(socket, 0);
    apr_socket_opt_set(socket, APR_INCOMPLETE_READ, 0);
    if (apr_table_get(conn_->notes, "short-lingering-close")) kind = Linger::Short;
    config_.state.state = kind == Linger::Short ? CONN_STATE_LINGER_SHORT : CONN_STATE_LINGER_NORMAL;
  }
  detach(here);
  return nothing_to_wait_for ? Event::Drained : Event::Blocked;
}

Event ConnRecHost::drain(const OnWorker&) noexcept {
  char thrown_away[drain_buffer];
  for (int round = 0; round < drain_rounds; ++round) {
    apr_size_t length = sizeof thrown_away;
    const apr_status_t got = apr_socket_recv(socket_, thrown_away, &length);
    if (APR_STATUS_IS_EAGAIN(got)) return round > 0 ? Event::Yielded : Event::Blocked;
    if (got != APR_SUCCESS) return Event::Drained;
  }
  return Event::Yielded;
}

void ConnRecHost::show(const OnWorker&, State state) noexcept {
  switch (state) {
    case State::AwaitingIo:
      ap_update_child_status(scoreboard_, SERVER_BUSY_READ, nullptr);
      break;
    case State::KeptAlive:
      ap_update_child_status(scoreboard_, SERVER_BUSY_KEEPALIVE, nullptr);
      break;
    default:  // flushing and closing have shown themselves
      return;
  }
  config_.state.state = public_state(state);
}

Sense ConnRecHost::sense(State state) noexcept {
  const conn_sense_e wish = config_.state.sense;
  config_.state.sense = CONN_SENSE_DEFAULT;
  switch (state) {
    case State::Flushing:
      waited_for_input_ = wish == CONN_SENSE_WANT_READ;
      return waited_for_input_ ? Sense::Readable : Sense::Writable;
    case State::AwaitingIo:
      return wish == CONN_SENSE_WANT_WRITE ? Sense::Writable : Sense::Readable;
    default:
      return Sense::Readable;
  }
}

QueueNumber ConnRecHost::queue(State state) const noexcept {
  return state == State::KeptAlive ? config_.queues.keep_alive : config_.queues.io;
}

int ConnRecHost::descriptor() const noexcept {
  apr_os_sock_t descriptor = -1;
  return apr_os_sock_get(&descriptor, socket_) == APR_SUCCESS ? descriptor : -1;
}

bool ConnRecHost::input_waits() const noexcept {
  char byte;
  return ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

// Not close(2): the worker still uses the descriptor, and its number must not be given to anybody else
// meanwhile.
void ConnRecHost::sever() noexcept { ::shutdown(descriptor(), SHUT_RDWR); }

void ConnRecHost::end() noexcept {
  // A module may have closed it already.
  if (descriptor() >= 0) {
    apr_socket_timeout_set(socket_, 0);
    const apr_status_t closed = apr_socket_close(socket_);
    if (closed != APR_SUCCESS) {
      ap_log_error(APLOG_MARK, APLOG_ERR, closed, ap_server_conf, APLOGNO(00468) "error closing socket");
    }
  }
  apr_pool_destroy(pool_);
}

// Before any cleanup of a module runs: modules that were told of a suspension are told of its end.
apr_status_t ConnRecHost::before_pool_ends(void* self) noexcept {
  auto& host = *static_cast<ConnRecHost*>(self);
  if (host.suspended_) host.resume(nullptr);
  return APR_SUCCESS;
}

// Registered before those of modules, so run after them: until then the connection counts as open.
apr_status_t ConnRecHost::when_pool_ends(void* self) noexcept {
  auto& host = *static_cast<ConnRecHost*>(self);
  if (host.made_) host.destroy_(host.made_);
  return APR_SUCCESS;
}

}  // namespace mpm::httpd
