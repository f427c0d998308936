#include "httpd/thread_factory.hpp"

#include "httpd/compat.hpp"
#include "httpd/module.hpp"

namespace mpm::httpd {
namespace {

void* APR_THREAD_FUNC live(apr_thread_t* self, void* body) noexcept {
  static_cast<ThreadBody*>(body)->run(*reinterpret_cast<NativeThread*>(self));
  return nullptr;  // returning is the only way out of a thread: apr_thread_exit() would unwind through
                   // noexcept
}

}  // namespace

ThreadFactory::ThreadFactory(apr_pool_t* pool, apr_size_t stack_size) noexcept
    : pool_(apr::Pool::below(pool, "mpm_event threads")) {
  if (!pool_) return;
  apr_threadattr_create(&attributes_, pool_.get());
  apr_threadattr_detach_set(attributes_, 0);  // joinable
  if (stack_size == 0) return;
  const apr_status_t set = apr_threadattr_stacksize_set(attributes_, stack_size);
  if (set != APR_SUCCESS && set != APR_ENOTIMPL) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, set, ap_server_conf,
                 APLOGNO(02436) "WARNING: ThreadStackSize of %" APR_SIZE_T_FMT
                                " is not possible here, using the default",
                 stack_size);
  }
}

Status ThreadFactory::start(ThreadBody& body, NativeThread*& started) noexcept {
  if (!pool_) return Status{APR_ENOMEM};
  // A thread that cannot be created leaves its memory behind, and who is short of threads tries again and
  // again.
  apr::Pool own = failed_ ? apr::Pool::below(pool_.get(), "mpm_event thread") : apr::Pool{};
  apr_thread_t* thread = nullptr;
  const apr_status_t created =
      thread_create(&thread, attributes_, &live, &body, own ? own.get() : pool_.get());
  failed_ = created != APR_SUCCESS;
  if (!failed_) static_cast<void>(own.release());
  started = reinterpret_cast<NativeThread*>(thread);
  return Status(created);
}

Status ThreadFactory::join(NativeThread& thread) noexcept {
  apr_status_t returned = APR_SUCCESS;
  return Status(apr_thread_join(&returned, reinterpret_cast<apr_thread_t*>(&thread)));
}

}  // namespace mpm::httpd
