// SPDX-License-Identifier: MIT
// Where something was called: a line of the source, or an address in the calling code.
#pragma once

#include <bit>
#include <cstdint>
#include <source_location>

namespace tridem::detail {

/// As large as a pointer: each task has one.
class call_site {
 public:
  call_site(std::source_location where = {}) noexcept
      : bits_(std::bit_cast<std::uintptr_t>(where)) {}
  explicit call_site(const void* code) noexcept
      : bits_(reinterpret_cast<std::uintptr_t>(code) | code_bit) {}

  [[nodiscard]] bool is_code() const noexcept { return (bits_ & code_bit) != 0; }
  /// Of a call site that is not code.
  [[nodiscard]] std::source_location where() const noexcept {
    return std::bit_cast<std::source_location>(bits_);
  }
  /// Of one that is.
  [[nodiscard]] const void* code() const noexcept {
    return reinterpret_cast<const void*>(bits_ & ~code_bit);
  }

 private:
  // No user address of Linux has this bit; a source_location is a pointer to what the compiler
  // wrote.
  static constexpr std::uintptr_t code_bit = ~(~std::uintptr_t{0} >> 1);
  static_assert(sizeof(std::source_location) == sizeof(std::uintptr_t));

  std::uintptr_t bits_;
};

/// An address in the function into which the call is inlined. For functions that a parameter pack
/// keeps from having a default argument: they are always_inline, so that it lies in their caller.
[[nodiscard, gnu::noinline]] const void* calling_code() noexcept;

}  // namespace tridem::detail
