// SPDX-License-Identifier: MIT
// What a single process, or the process of a remote object, is started with.
#pragma once

#include <tridem/pool/worker_limits.hpp>
#include <tridem/runtime/time.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tridem {

/// Given to `process::with` and `remote<T>::with`. The words are those of process_pool_options.
struct process_options {
  /// What the process may use and do; nothing is limited unless asked for.
  worker_limits limits = {};
  /// The program to execute; empty for this one (/proc/self/exe). Must be the same build.
  std::string worker_executable = {};
  /// NAME=value, added to the environment of the process.
  std::vector<std::string> environment = {};
  /// The largest message, arguments or result, in bytes. Shared memory does not count.
  std::size_t max_message = std::size_t{1} << 30;
  /// What the process gets to return by itself when it is told to stop, and then once more to die
  /// by SIGTERM.
  duration grace = std::chrono::seconds(1);

  [[nodiscard]] bool operator==(const process_options&) const = default;
};

}  // namespace tridem
