// SPDX-License-Identifier: MIT
// What the tests of tridem::mp share: errors as answers, and processes stopped for sure.
#pragma once

#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <utility>

namespace tridem::test {

/// Whether awaiting `call` throws an Error.
template <class Error, class Call>
task<bool> throws(Call call) {
  try {
    (void)co_await std::move(call);
  } catch (const Error&) {
    co_return true;
  }
  co_return false;
}

/// Stops a process, and returns when it has stopped: nothing of it runs from then on.
inline task<> stop_process(int pid) {
  ::kill(pid, SIGSTOP);
  for (;;) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    const auto name_end = text.rfind(')');
    if (name_end == text.npos || text[name_end + 2] == 'T') co_return;
    co_await sleep(std::chrono::milliseconds(1));
  }
}

}  // namespace tridem::test
