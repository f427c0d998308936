#pragma once

namespace mpm {

/// Where one configuration meets the next: what it leaves behind, and when orders reach this process. Control
/// process only.
class Handover {
 public:
  /// Children born from now on belong to the next generation. Returns its number.
  virtual int begin_generation() noexcept = 0;

  /// Blocks orders until httpd has cleared this configuration: it forgets those that come in between.
  virtual void block_orders() noexcept = 0;
  virtual void unblock_orders() noexcept = 0;
  /// For a graceful stop, to its end: httpd's handlers would make an order to restart look like one to stop.
  virtual void block_all_but_stop() noexcept = 0;

  /// The listening sockets, to the next configuration, with all who have connected to them.
  virtual void bequeath_sockets() noexcept = 0;
  /// The pipes of death of this generation's children, whom the next configuration dismisses.
  virtual void bequeath_pipes() noexcept = 0;
  /// Those of the generation before, once more: nobody of this one has relieved its children.
  virtual void bequeath_older_pipes() noexcept = 0;

 protected:
  ~Handover() = default;
};

}  // namespace mpm
