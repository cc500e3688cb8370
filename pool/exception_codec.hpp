// SPDX-License-Identifier: MIT
// How an exception crosses to the process that waits for the call.
#pragma once

#include <tridem/pool/message_reader.hpp>
#include <tridem/pool/message_writer.hpp>

#include <exception>

namespace tridem {

/// Writes an exception that is being handled: its type, its text, its error code and its
/// stack.
void encode_exception(message_writer& out, const std::exception_ptr& thrown);

/// Makes the exception again.
///
/// The exceptions of the standard library arrive as what they were, with their texts and error
/// codes; those of tridem's pool too, and `cancelled`. Anything else arrives as remote_error.
///
/// Its stack begins with that of the throw in the other process.
///
/// @param pid  The process that threw it, for remote_error.
/// Errors: malformed_message.
[[nodiscard]] std::exception_ptr decode_exception(message_reader& in, int pid);

}  // namespace tridem
