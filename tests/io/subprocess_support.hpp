// SPDX-License-Identifier: MIT
// What the tests of subprocess share: commands, and what became of them.
#pragma once

#include <tridem/io/subprocess.hpp>
#include <tridem/runtime/task.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace tridem::test {

/// g++ 12 takes no temporary options in a co_await expression.
inline const subprocess_options no_options;
inline const subprocess_options all_pipes{
    .input = stdio::pipe, .output = stdio::pipe, .error_output = stdio::pipe};

inline task<communication> run_to_end(command_line command, std::string input,
                                      subprocess_options options) {
  subprocess program = co_await subprocess::exec(std::move(command), options);
  co_return co_await program.communicate(input);
}

/// What a command says when it is told `input`, and how it ends.
inline task<communication> ask(command_line command, std::string input = {},
                               const subprocess_options& options = all_pipes) {
  return run_to_end(std::move(command), std::move(input), options);
}

inline task<std::system_error> fail_to_start(command_line command, subprocess_options options) {
  try {
    subprocess program = co_await subprocess::exec(std::move(command), options);
  } catch (const std::system_error& error) {
    co_return error;
  }
  FAIL("the command should not have started");
  throw std::logic_error("unreachable");
}

/// The error of a command that cannot be started; without one, a failed test.
inline task<std::system_error> failure_of(command_line command,
                                          const subprocess_options& options = no_options) {
  return fail_to_start(std::move(command), options);
}

inline bool says(const std::system_error& error, std::string_view text) {
  return std::string_view(error.what()).find(text) != std::string_view::npos;
}

/// Waits until a program has said one line, which shows that it runs.
inline task<std::string> first_line(subprocess& program) {
  std::string line;
  const std::size_t length = co_await program.output().read_until(line, "\n");
  co_return line.substr(0, length);
}

inline bool exists(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

/// The shell is a program like others here: subprocess itself never uses one.
inline command_line shell(std::string_view script) {
  return {"sh", "-c", script};
}

}  // namespace tridem::test
