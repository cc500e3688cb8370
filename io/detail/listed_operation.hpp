// SPDX-License-Identifier: MIT
// What the operations of the closed list have in common: a descriptor, words, and the kinds of
// value they give.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/runtime/operation.hpp>

#include <cstddef>
#include <utility>

namespace tridem::detail {

/// What all operations of the list share: the descriptor they work on, and their words.
struct listed_operation : operation {
  listed_operation(op_kind which, int descriptor) noexcept : operation(which), fd(descriptor) {}
  /// Writes kind, descriptor or path, and size: "recv on fd 7 (up to 4096 bytes)".
  void describe(char* out, std::size_t size) const noexcept override;
  int fd;
  bool is_of_object = false;  ///< `fd` belongs to an io_object, which outlives the operation.
};

/// An operation whose result is a number: of bytes, or a mask of events.
template <class Number>
struct number_operation : listed_operation {
  using listed_operation::listed_operation;
  using value_type = Number;
  [[nodiscard]] Number take_value() const noexcept { return static_cast<Number>(result); }
};
using count_operation = number_operation<std::size_t>;

/// An operation that only succeeds or fails.
struct done_operation : listed_operation {
  using listed_operation::listed_operation;
  using value_type = void;
  void take_value() const noexcept {}
};

/// An operation that makes a descriptor. One that nobody took is closed, so that none can leak.
struct descriptor_operation : listed_operation {
  using listed_operation::listed_operation;
  using value_type = descriptor;
  descriptor_operation(const descriptor_operation&) = default;
  ~descriptor_operation() { descriptor untaken = take_value(); }
  [[nodiscard]] descriptor take_value() noexcept {
    if (state != operation_state::done || result < 0) return {};
    return descriptor{std::exchange(result, -1)};
  }
};

}  // namespace tridem::detail
