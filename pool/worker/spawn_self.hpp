// SPDX-License-Identifier: MIT
// Starts this program once more, clean of everything that should not be inherited.
#pragma once

#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tridem::detail {

struct spawn_request {
  const char* argument = nullptr;    ///< The only argument.
  std::span<const int> descriptors;  ///< Become 3, 4, ... in the new process; nothing else passes.
  bool new_session = true;           ///< Away from the terminal's Ctrl-C.
  std::string executable;            ///< Empty: this program.
  std::vector<std::string> environment;  ///< NAME=value, added to that of this process.
  bool clean_environment = false;        ///< Of that, only what holds no secrets.
};

struct spawn_result {
  int error = 0;  ///< An errno.
  pid_t pid = 0;
  std::string file = {};  ///< What was executed, for messages.
};

/// Starts a process by exec: no lock, memory or descriptor of this process is in it.
///
/// Signals are not blocked in it and have their default actions; its standard input is empty.
/// It runs on the CPUs of this process's main thread, whatever the calling thread is bound to.
[[nodiscard]] spawn_result spawn_self(const spawn_request& request);

}  // namespace tridem::detail
