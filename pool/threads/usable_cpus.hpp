// SPDX-License-Identifier: MIT
// How many CPUs this process may keep busy.
#pragma once

#include <cstddef>

namespace tridem::detail {

/// CPUs in the affinity mask of the process, or of its control group's quota (rounded up) when that
/// is less; at least 1. Threads: any. Cost: some system calls; read from files each time.
[[nodiscard]] std::size_t usable_cpus();

}  // namespace tridem::detail
