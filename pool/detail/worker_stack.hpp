// SPDX-License-Identifier: MIT
// The stack of an exception on its way out of a worker process.
#pragma once

#include <tridem/pool/message_reader.hpp>
#include <tridem/pool/message_writer.hpp>

#include <exception>

namespace tridem::detail {

/// Writes what is known of the way of `thrown`: the async stack, if the job ran a loop of its own,
/// and the native stack that the innermost throw_watch of this thread has seen.
void encode_stack(message_writer& out, const std::exception_ptr& thrown);

/// Adds what the process `pid` wrote to the stack of `thrown`.
///
/// Errors: malformed_message.
void decode_stack(message_reader& in, const std::exception_ptr& thrown, int pid);

}  // namespace tridem::detail
