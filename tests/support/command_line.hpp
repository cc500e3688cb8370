// SPDX-License-Identifier: MIT
// What a test program was asked for beside doctest's own options.
#pragma once

#include <cstdint>
#include <string>

namespace tridem::test::command_line {

/// Remembers the arguments; called once by main, before the tests run.
void remember(int argc, char** argv);

/// The value of `--<option>=<value>`, else of the environment variable `variable`; empty when
/// neither was given.
[[nodiscard]] std::string value_of(const char* option, const char* variable);

/// The same as a number; `otherwise` when neither was given.
[[nodiscard]] std::uint64_t number_of(const char* option, const char* variable,
                                      std::uint64_t otherwise);

/// Which seeds a property test plays.
struct seeds {
  std::uint64_t first;
  std::uint64_t last;
  /// One seed was asked for by name: a failure is being looked into.
  bool is_replay;
};

/// `--seed=<n>` or TRIDEM_SEED asks for one, `--seeds=<n>` or TRIDEM_SEEDS for 1 to n; otherwise 1
/// to `count`.
[[nodiscard]] seeds seeds_to_play(std::uint64_t count);

/// The line that plays `seed` of this test case again, ready for a shell.
[[nodiscard]] std::string replay_command(const char* test_case, std::uint64_t seed);

}  // namespace tridem::test::command_line
