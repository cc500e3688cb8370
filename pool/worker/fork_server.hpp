// SPDX-License-Identifier: MIT
// The process that forks workers: small, single-threaded, and the parent of them all.
#pragma once

#include "pool/worker/worker_main.hpp"

#include <tridem/io/descriptor.hpp>

#include <array>

namespace tridem::detail {

/// Starts workers when asked, reports how they end, and leaves nothing alive behind its parent.
[[noreturn]] void run_fork_server(descriptor socket, descriptor lifeline) noexcept;

/// The descriptors of a worker in the order in which they are sent.
inline std::array<descriptor*, worker_descriptors::count> in_order(worker_descriptors& all) {
  return {&all.channel, &all.socket, &all.bell, &all.bell_event, &all.error_output, &all.lifeline};
}

}  // namespace tridem::detail
