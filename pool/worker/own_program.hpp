// SPDX-License-Identifier: MIT
// Finds out how this very program can be executed once more, whoever has started it and how.
#pragma once

#include <string>
#include <vector>

namespace tridem::detail {

struct own_program {
  std::string file;                    ///< What to execute.
  std::vector<std::string> arguments;  ///< That come before ours: a loader's own, and the program.
};

/// How to execute this program once more.
///
/// Usually /proc/self/exe, which stays right when the file was deleted or replaced meanwhile. A
/// program that was started by way of the dynamic linker is started so again; under valgrind or an
/// emulator, whose own program /proc/self/exe is, and without /proc, it is the name by which this
/// program was started, which a later chdir can spoil.
[[nodiscard]] own_program find_own_program();

/// Notes how many arguments main was given: those before them belonged to a loader.
void note_own_arguments(int count) noexcept;

/// True if the first argument of this process is `argument`, whether main has begun or not.
[[nodiscard]] bool was_started_with(const char* argument) noexcept;

}  // namespace tridem::detail
