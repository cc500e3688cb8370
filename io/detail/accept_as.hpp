// SPDX-License-Identifier: MIT
// Accepting a connection as the object that users hold.
#pragma once

#include <tridem/io/operations.hpp>

namespace tridem::detail {

/// An accept whose value is a `Connection`, made of the new socket.
template <class Connection>
struct accept_as : accept_operation {
  using accept_operation::accept_operation;
  using value_type = Connection;
  [[nodiscard]] Connection take_value() noexcept {
    return Connection(accept_operation::take_value());
  }
};

}  // namespace tridem::detail
