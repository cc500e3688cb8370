// SPDX-License-Identifier: MIT
// Which driver serves a loop: asked for, or found out at run time.
#pragma once

#include <tridem/runtime/driver.hpp>
#include <tridem/runtime/run.hpp>

#include <memory>

namespace tridem {

/// Makes the driver of a new loop; `run` calls it.
///
/// `automatic` first looks at the environment variable TRIDEM_DRIVER (uring, asio, automatic), then
/// sets up an io_uring and tries it; when that fails, it takes the Asio driver, and says why in one
/// line on stderr, once per process.
///
/// @param queue_depth  Entries of the submission queue of io_uring, 1 to 32768.
/// @param spin         See run_options::spin.
/// Errors:   std::system_error or std::invalid_argument whose text says what forbids the wanted
/// driver, and what to do. Threads:  any; the driver belongs to the calling thread from then on.
/// Cost:     about 0.1 ms, once per loop.
[[nodiscard]] std::unique_ptr<driver> choose_driver(driver_choice choice = driver_choice::automatic,
                                                    unsigned queue_depth = 256,
                                                    duration spin = run_options().spin);

}  // namespace tridem
