// SPDX-License-Identifier: MIT
// The driver for systems that forbid io_uring: Asio's epoll reactor, one thread, and a few more for
// files.
#pragma once

#include <tridem/runtime/driver.hpp>

#include <memory>

namespace tridem {

/// Makes a driver over a boost::asio::io_context of its own.
///
/// Each operation is tried at once; what would block waits for readiness in the reactor, and what
/// no reactor can wait for is done by at most four threads of the driver, which start when first
/// needed.
///
/// What such a thread has begun cannot be cut short: an open_operation on a FIFO whose other end
/// nobody opens holds it, and the end of the loop, until somebody does. The classes above open
/// FIFOs in a way that does not wait.
///
/// Errors: std::system_error (no epoll or timer descriptor to be had).
std::unique_ptr<driver> make_asio_driver();

}  // namespace tridem
