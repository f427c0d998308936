#pragma once

namespace mpm {

/// Where one configuration meets the next: what it leaves behind, and when orders reach this process. Control
/// process only.
class Handover {
 public:
  /// Children born from now on belong to the next generation. Returns its number.
  virtual int begin_generation() noexcept = 0;

  /// Holds orders back until httpd has cleared this configuration: it forgets those that come in between.
  virtual void hold_orders() noexcept = 0;
  virtual void release_orders() noexcept = 0;
  /// For a graceful stop, to its end: httpd's handlers would make an order to restart look like one to stop.
  virtual void hold_all_but_stop() noexcept = 0;

  /// Leaves the listening sockets to the next configuration, with all who have connected to them.
  virtual void leave_sockets() noexcept = 0;
  /// Leaves the pipes of death of this generation's children, whom the next configuration dismisses.
  virtual void leave_pipes() noexcept = 0;
  /// Leaves those of the generation before once more: nobody of this one has relieved its children.
  virtual void leave_older_pipes() noexcept = 0;

 protected:
  ~Handover() = default;
};

}  // namespace mpm
