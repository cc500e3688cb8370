// SPDX-License-Identifier: MIT
// Writing several buffers to a socket as if they were one.
#pragma once

#include <tridem/io/buffer.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/runtime/task.hpp>

#include <span>

namespace tridem::detail {

/// Writes all of `parts`, in order, with as few system calls as possible; borrowed until the end.
[[nodiscard]] task<> write_parts(io_object& socket, std::span<const const_buffer> parts);

}  // namespace tridem::detail
