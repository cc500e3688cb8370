// SPDX-License-Identifier: MIT
// A task that is neither awaited nor handed on would never run.
// expect: a task does nothing until it is awaited
// flags: -Werror=unused-result
#include <tridem/runtime/task.hpp>

tridem::task<> step() {
  co_return;
}

tridem::task<> wrong() {
  step();
  co_return;
}
