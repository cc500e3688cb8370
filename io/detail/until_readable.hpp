// SPDX-License-Identifier: MIT
// Waiting for something to read, without taking it.
#pragma once

#include <tridem/io/operations.hpp>

namespace tridem::detail {

/// A poll that ends when there are bytes, an end or an error; which of them, the next read tells.
struct until_readable : poll_operation {
  explicit until_readable(int file) noexcept : poll_operation(file, poll_in) {}
  using value_type = void;
  void take_value() const noexcept {}
  static constexpr unsigned poll_in = 1;  // POLLIN on Linux
};

}  // namespace tridem::detail
