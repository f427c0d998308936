#pragma once

#include "httpd/listener_buckets.hpp"
#include "httpd/pipe_of_death.hpp"
#include "httpd/retained.hpp"
#include "mpm/ports/handover.hpp"

#include <vector>

#include <apr_pools.h>

namespace mpm::httpd {

/// Leaves descriptors to the next configuration (see inheritance.hpp), counts generations in httpd's record,
/// and holds back the signals that bring orders. Control process only.
class ControlHandover final : public Handover {
 public:
  /// `older` are the pipes of the generation before, as long as nobody has dismissed its children.
  ControlHandover(Retained& retained, const ListenerBuckets& listeners, std::vector<PipeOfDeath>& older,
                  apr_pool_t* plog) noexcept
      : retained_(retained), listeners_(listeners), older_(older), plog_(plog) {}

  int begin_generation() noexcept override;
  void block_orders() noexcept override;
  void unblock_orders() noexcept override;
  void block_all_but_stop() noexcept override;
  void bequeath_sockets() noexcept override;
  void bequeath_pipes() noexcept override;
  void bequeath_older_pipes() noexcept override;

 private:
  Retained& retained_;
  const ListenerBuckets& listeners_;
  std::vector<PipeOfDeath>& older_;
  apr_pool_t* const plog_;
};

}  // namespace mpm::httpd
