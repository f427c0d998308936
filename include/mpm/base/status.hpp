#pragma once

namespace mpm {

/// An error number in APR's numbering (0 is success), without APR's header: the core passes it on to the
/// journal and never interprets it.
class [[nodiscard]] Status {
 public:
  constexpr Status() = default;
  constexpr explicit Status(int code) noexcept : code_(code) {}

  static constexpr Status ok() noexcept { return Status{}; }

  [[nodiscard]] constexpr bool is_ok() const noexcept { return code_ == 0; }
  [[nodiscard]] constexpr int code() const noexcept { return code_; }

  friend constexpr bool operator==(Status, Status) = default;

 private:
  int code_ = 0;
};

}  // namespace mpm
