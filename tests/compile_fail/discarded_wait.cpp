// SPDX-License-Identifier: MIT
// A wait that is not awaited does not wait.
// expect: sleep does nothing until it is awaited
// flags: -Werror=unused-result
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task.hpp>

#include <chrono>

tridem::task<> wrong() {
  tridem::sleep(std::chrono::seconds(1));
  co_return;
}
