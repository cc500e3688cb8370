// SPDX-License-Identifier: MIT
// Standard input, output and error as streams, whatever they are: terminal, pipe, file, socket.
#pragma once

#include <tridem/io/pipe.hpp>

namespace tridem {

// The streams have descriptors of their own: closing one leaves 0, 1 or 2 open. They are not
// switched to non-blocking mode, which the shell and other processes would share. Nothing is
// buffered here, so do not mix them with <cstdio> or streams that hold something back.
//
// Who reads the same terminal or pipe at the same time may take what was there, and a driver that
// was told "readable" waits in its read until more comes (asio; uring waits elsewhere).
//
// Errors of all: std::system_error (bad_file_descriptor when it is closed, too many open files).

/// What this process reads: 0 bytes is its end.
[[nodiscard]] pipe_reader standard_input();
/// Where this process writes.
[[nodiscard]] pipe_writer standard_output();
/// Where this process complains.
[[nodiscard]] pipe_writer standard_error();

}  // namespace tridem
