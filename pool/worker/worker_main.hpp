// SPDX-License-Identifier: MIT
// The life of a worker process, from the fork to its last result.
#pragma once

#include <tridem/io/descriptor.hpp>

namespace tridem::detail {

/// Everything that a worker owns besides standard input, output and error.
struct worker_descriptors {
  descriptor channel;       ///< The memory of its channel.
  descriptor socket;        ///< For descriptors that travel with calls and results.
  descriptor bell;          ///< The memory of the doorbell.
  descriptor bell_event;    ///< The eventfd of the doorbell.
  descriptor error_output;  ///< Becomes its stderr.
  descriptor lifeline;      ///< A pipe whose other end is open as long as the parent lives.

  static constexpr unsigned count = 6;
};

/// Runs calls until the parent wants no more, then ends the process. Never returns.
///
/// @param server  The process that must be the parent of this one, as long as it lives.
[[noreturn]] void run_worker(worker_descriptors descriptors, int server) noexcept;

}  // namespace tridem::detail
