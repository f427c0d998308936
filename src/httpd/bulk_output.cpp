#include "httpd/bulk_output.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>

#include <apr_buckets.h>
#include <apr_file_io.h>
#include <apr_portable.h>
#include <http_core.h>
#include <http_protocol.h>
#ifdef __linux__
#include <linux/sock_diag.h>
#endif
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mpm::httpd {
namespace {

constexpr const char* filter_name = "MPM_EVENT_BULK";

apr_int32_t flags_of(const apr_bucket* file) noexcept {
  return apr_file_flags_get(static_cast<apr_bucket_file*>(file->data)->fd);
}

/// HTTP/2 has a flow control of its own, and its worker does not come back for what is held here.
bool speaks_http1(conn_rec* c) noexcept { return std::strcmp(ap_get_protocol(c), AP_PROTOCOL_HTTP1) == 0; }

std::size_t flush_threshold(const conn_rec* c) noexcept {
  const auto* const core =
      static_cast<const core_server_config*>(ap_get_core_module_config(c->base_server->module_config));
  return core->flush_max_threshold;
}

/// How much the kernel takes now for certain; 0 if it does not say.
std::size_t kernel_takes(conn_rec* c) noexcept {
#ifdef SO_MEMINFO
  apr_os_sock_t descriptor = -1;
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  apr_socket_t* const socket = ap_get_conn_socket(c);
  if (!socket) return 0;  // a module has taken it away
  apr_os_sock_get(&descriptor, socket);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return 0;
  int segment = 0;
  size = sizeof segment;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_MAXSEG, &segment, &size) != 0 || segment <= 0)
    segment = bulk::small_segment;  // no TCP of the usual kind
  const std::uint32_t queued = memory[SK_MEMINFO_WMEM_QUEUED];
  const std::uint32_t room = memory[SK_MEMINFO_SNDBUF] - std::min(memory[SK_MEMINFO_SNDBUF], queued);
  return bulk::data_in(room, static_cast<std::size_t>(segment));
#else
  static_cast<void>(c);
  return 0;
#endif
}

/// Without moving the file's own position: other responses may be reading the same file.
apr_status_t read_file(const apr_bucket* bucket, std::span<char> into) noexcept {
  apr_os_file_t descriptor = -1;
  apr_os_file_get(&descriptor, static_cast<apr_bucket_file*>(bucket->data)->fd);
  apr_off_t at = bucket->start;
  while (!into.empty()) {
    const auto got = ::pread(descriptor, into.data(), into.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return APR_EOF;  // the file has become shorter
    into = into.subspan(static_cast<std::size_t>(got));
    at += got;
  }
  return APR_SUCCESS;
}

/// Whether a bucket before this one, in its brigade, has the same file open and is no part of the same whole:
/// who sets one of them aside takes the descriptor away from the other.
bool shares_its_file(const apr_bucket* bucket, const apr_bucket_brigade* in) noexcept {
  const auto* const file = static_cast<const apr_bucket_file*>(bucket->data);
  for (const apr_bucket* other = APR_BUCKET_PREV(bucket); other != APR_BRIGADE_SENTINEL(in);
       other = APR_BUCKET_PREV(other)) {
    if (!APR_BUCKET_IS_FILE(other)) continue;
    if (other->data == file) return false;  // it has been asked about that one
    if (static_cast<const apr_bucket_file*>(other->data)->fd == file->fd) return true;
  }
  return false;
}

void move(apr_bucket* bucket, apr_bucket_brigade* to) noexcept {
  APR_BUCKET_REMOVE(bucket);
  APR_BRIGADE_INSERT_TAIL(to, bucket);
}

void move_all(apr_bucket_brigade* from, apr_bucket_brigade* to) noexcept {
  while (!APR_BRIGADE_EMPTY(from)) move(APR_BRIGADE_FIRST(from), to);
}

bool is_buffered(const apr_bucket* file) noexcept { return (flags_of(file) & APR_FOPEN_BUFFERED) != 0; }

/// Splits off what is more than `room`; returns how much room is left.
std::size_t shorten(apr_bucket* bucket, std::size_t room) noexcept {
  if (bucket->length > room)
    apr_bucket_split(bucket, room);  // if its kind cannot be split, it goes as a whole
  return room - std::min(room, bucket->length);
}

bool may_be_mapped([[maybe_unused]] const apr_bucket* bucket) noexcept {
#if APR_HAS_MMAP
  return APR_BUCKET_IS_FILE(bucket) && static_cast<apr_bucket_file*>(bucket->data)->can_mmap;
#else
  return false;
#endif
}

}  // namespace

void BulkOutput::register_filter() noexcept {
  ap_register_output_filter(filter_name, &BulkOutput::filter, nullptr, AP_FTYPE_CONNECTION);
}

// A module that takes a connection over before the core sees it may leave it without any filter.
void BulkOutput::join(conn_rec* c) noexcept {
  if (c->output_filters) filter_ = ap_add_output_filter(filter_name, this, nullptr, c);
}

apr_status_t BulkOutput::filter(ap_filter_t* self, apr_bucket_brigade* passing) {
  return static_cast<BulkOutput*>(self->ctx)->pass(passing);
}

apr_status_t BulkOutput::pass(apr_bucket_brigade* passing) noexcept {
  const bool begins = !holds();
  if (keeps(look_at(passing)) && hold(passing)) return begins ? begin() : feed();
  if (!holds()) return ap_pass_brigade(filter_->next, passing);
  move_all(held_, piece_);
  move_all(passing, piece_);
  return hand_down();
}

BrigadeSummary BulkOutput::look_at(apr_bucket_brigade* passing) const noexcept {
  BrigadeSummary what;
  for (apr_bucket* bucket = APR_BRIGADE_FIRST(passing); bucket != APR_BRIGADE_SENTINEL(passing);
       bucket = APR_BUCKET_NEXT(bucket)) {
    if (APR_BUCKET_IS_EOS(bucket)) what.ends = true;
    if (APR_BUCKET_IS_FLUSH(bucket) || bucket->length == static_cast<apr_size_t>(-1))
      what.must_pass_now = true;
    if (APR_BUCKET_IS_FILE(bucket) && (is_buffered(bucket) || shares_its_file(bucket, passing)))
      what.must_pass_now = true;
    if (!APR_BUCKET_IS_METADATA(bucket)) what.has_data = true;
    if (is_bulk(bucket)) what.bulk += bucket->length;
  }
  return what;
}

// mod_logio's filter stands right above the core's, and only counts.
BulkOutput::Below BulkOutput::below() const noexcept {
  for (const ap_filter_t* filter = filter_->next; filter; filter = filter->next)
    if (filter->frec->ftype < AP_FTYPE_NETWORK - 1) return Below::Changes;
  return Below::PassesOn;
}

bool BulkOutput::is_bulk(const apr_bucket* bucket) const noexcept {
  if (APR_BUCKET_IS_MMAP(bucket)) return true;
  if (!APR_BUCKET_IS_FILE(bucket)) return false;
  return !(flags_of(bucket) & APR_SENDFILE_ENABLED) || below() == Below::Changes;
}

bool BulkOutput::keeps(const BrigadeSummary& what) const noexcept {
  if (keeper_.load(std::memory_order_relaxed) != ::pthread_self()) return false;
  return holds() ? bulk::may_follow(what) : bulk::is_worth_holding(what) && speaks_http1(filter_->c);
}

void BulkOutput::make_room() noexcept {
  if (held_) return;
  held_ = apr_brigade_create(pool_, filter_->c->bucket_alloc);
  piece_ = apr_brigade_create(pool_, filter_->c->bucket_alloc);
  apr_pool_create(&keeping_, pool_);
}

bool BulkOutput::hold(apr_bucket_brigade* passing) noexcept {
  make_room();
  for (apr_bucket* bucket = APR_BRIGADE_FIRST(passing); bucket != APR_BRIGADE_SENTINEL(passing);
       bucket = APR_BUCKET_NEXT(bucket)) {
    if (apr_bucket_setaside(bucket, keeping_) != APR_SUCCESS) return false;
  }
  move_all(passing, held_);
  return true;
}

// The head of the response waits below to be sent together with what follows. It goes with a first piece now:
// the handler that passes them may work on for long.
apr_status_t BulkOutput::begin() noexcept {
  if (filter_->c->data_in_output_filters) {
    const apr_status_t handed = hand_down_first_piece();
    if (handed != APR_SUCCESS) return fail(handed);
  }
  return feed();
}

apr_status_t BulkOutput::feed() noexcept {
  conn_rec* const c = filter_ ? filter_->c : nullptr;
  while (holds() && !c->data_in_output_filters) {
    const apr_status_t handed = hand_down_piece();
    if (handed != APR_SUCCESS) return fail(handed);
  }
  if (holds()) c->data_in_output_filters = 1;
  if (held_ && !holds()) let_go();
  return APR_SUCCESS;
}

// What waits below may be all that is kept there without waiting for the client.
apr_status_t BulkOutput::hand_down_first_piece() noexcept {
  const std::size_t taken = kernel_takes(filter_->c);
  if (taken == 0) return APR_SUCCESS;
  return below() == Below::Changes ? hand_down_read(bulk::first_changed_piece(taken))
                                   : hand_down_mapped(bulk::first_piece(taken));
}

// The end of a response goes with its last bytes.
apr_status_t BulkOutput::hand_down_piece() noexcept {
  const std::size_t kept = flush_threshold(filter_->c);
  return below() == Below::Changes ? hand_down_read(bulk::next_changed_piece(kept))
                                   : hand_down_mapped(bulk::next_piece(kept, kernel_takes(filter_->c)));
}

// A file whose bytes pass unchanged is mapped, if the configuration allows it: the kernel takes them from
// there, and sees itself if the file has become shorter.
apr_status_t BulkOutput::hand_down_mapped(std::size_t room) noexcept {
  while (holds()) {
    apr_bucket* const next = APR_BRIGADE_FIRST(held_);
    if (APR_BUCKET_IS_FILE(next) && !may_be_mapped(next)) return hand_down_read(room);
    if (!APR_BUCKET_IS_METADATA(next)) {
      if (room == 0) break;
      const char* bytes = nullptr;
      apr_size_t length = 0;
      const apr_status_t read = apr_bucket_read(next, &bytes, &length, APR_BLOCK_READ);
      if (read != APR_SUCCESS) return read;
      room = shorten(next, room);
    }
    move(next, piece_);
  }
  return hand_down();
}

// For TLS, which is faster with bytes that were read than with mapped ones, and for a file that may not be
// mapped. At most a buffer full at a time. It goes down as transient data: what the client does not take at
// once is copied by the filter that keeps it. So nothing below refers to the file.
apr_status_t BulkOutput::hand_down_read(std::size_t room) noexcept {
  std::array<char, bulk::changed_piece> bytes;  // NOLINT(*-member-init): only what has been read is used
  std::span<char> buffer = std::span(bytes).first(std::min(room, bytes.size()));
  while (holds()) {
    apr_bucket* const next = APR_BRIGADE_FIRST(held_);
    if (!APR_BUCKET_IS_METADATA(next) && buffer.empty()) break;
    const std::size_t left = APR_BUCKET_IS_METADATA(next) ? buffer.size() : shorten(next, buffer.size());
    const std::span<char> part = buffer.first(buffer.size() - left);
    buffer = buffer.subspan(part.size());
    if (!APR_BUCKET_IS_FILE(next)) {
      move(next, piece_);
      continue;
    }
    const apr_status_t read = read_file(next, part);
    if (read != APR_SUCCESS) return read;
    apr_bucket_delete(next);
    APR_BRIGADE_INSERT_TAIL(piece_,
                            apr_bucket_transient_create(part.data(), part.size(), piece_->bucket_alloc));
  }
  return hand_down();
}

apr_status_t BulkOutput::hand_down() noexcept {
  const apr_status_t status = ap_pass_brigade(filter_->next, piece_);
  apr_brigade_cleanup(piece_);
  return status;
}

void BulkOutput::let_go() noexcept {
  apr_brigade_cleanup(piece_);
  apr_brigade_cleanup(held_);
  apr_pool_clear(keeping_);
}

// Whoever asks learns from this that the client will not get the rest.
apr_status_t BulkOutput::fail(apr_status_t error) noexcept {
  filter_->c->aborted = 1;
  let_go();
  return error;
}

}  // namespace mpm::httpd
