// SPDX-License-Identifier: MIT
// Writing several buffers to a socket or pipe as if they were one.
#pragma once

#include <tridem/io/buffer.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/runtime/task.hpp>

#include <span>

namespace tridem::detail {

/// What is written to: a socket takes messages, and never raises SIGPIPE by itself.
enum class sink : bool { socket, pipe };

/// Writes all of `parts`, in order, with as few system calls as possible; borrowed until the end.
[[nodiscard]] task<> write_parts(io_object& into, std::span<const const_buffer> parts,
                                 sink kind = sink::socket);

}  // namespace tridem::detail
