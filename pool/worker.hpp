// SPDX-License-Identifier: MIT
// What a job can ask while it runs in a worker process.
#pragma once

namespace tridem {

/// True if whoever waits for the running job wants it to stop.
///
/// A job that looks from time to time and returns early is stopped gently; one that does not is
/// ended with its worker after a grace period. Outside of a worker always false.
///
/// Threads: any thread of the worker. Cost: one load.
[[nodiscard]] bool cancel_requested() noexcept;

/// True in a worker process.
[[nodiscard]] bool is_worker_process() noexcept;

}  // namespace tridem
