// SPDX-License-Identifier: MIT
// The driver over a ring: batch in, one enter, batch out.
#pragma once

#include "io/uring/ring.hpp"

#include <tridem/runtime/driver.hpp>

#include <chrono>
#include <memory>

namespace tridem {

/// Makes a driver over a new ring of the calling thread, after trying it with one operation.
///
/// @param spin  How long it may look around before it sleeps; see adaptive_spin.
/// Errors: std::system_error; EPERM when io_uring is forbidden, ENOSYS when the kernel has none or
/// too little, ENOMEM when the limit of locked memory is too low, EINVAL before Linux 6.1.
std::unique_ptr<driver> make_uring_driver(uring::ring_size size = {},
                                          duration spin = std::chrono::microseconds(50));

namespace uring {

/// Whether wait_doorbell waits on the futex itself (Linux 6.7), and not on its eventfd. A property
/// of the kernel; known once a driver was made.
[[nodiscard]] bool doorbells_are_futexes() noexcept;

}  // namespace uring
}  // namespace tridem
