// SPDX-License-Identifier: MIT
// What the kernel tells about a worker process.
#pragma once

#include <tridem/pool/process_pool_options.hpp>

#include <cstddef>

namespace tridem::detail {

class worker_link;

/// Resident bytes of a process; 0 when /proc does not tell. Cost: some microseconds.
[[nodiscard]] std::size_t resident_bytes_of(int pid) noexcept;

[[nodiscard]] worker_stats look_at(const worker_link& worker) noexcept;

}  // namespace tridem::detail
