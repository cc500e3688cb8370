// SPDX-License-Identifier: MIT
// The command line.
#pragma once

#include <tridem/runtime/run.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace tree_digest {

enum class executor : unsigned char { processes, threads, loop };

struct options {
  std::string directory = ".";
  executor hash_on = executor::processes;
  std::size_t workers = 0;    // 0: one per usable CPU
  std::size_t in_flight = 0;  // batches read or hashed at once; 0: four for each worker
  tridem::driver_choice driver = tridem::driver_choice::automatic;
  bool quiet = false;
};

struct parsed {
  std::optional<options> to_do;  // empty: nothing is to be done, `exit_code` says why
  int exit_code = 0;
};

/// Reads the command line; prints help and complaints.
[[nodiscard]] parsed parse(int argc, char** argv);

[[nodiscard]] const char* name_of(executor which) noexcept;

}  // namespace tree_digest
