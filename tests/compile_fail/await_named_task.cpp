// SPDX-License-Identifier: MIT
// Awaiting consumes a task, so a named one must be moved.
// expect: awaiting a task consumes it: write co_await std::move\(t\)
#include <tridem/runtime/task.hpp>

tridem::task<int> number() {
  co_return 1;
}

tridem::task<int> wrong() {
  tridem::task<int> named = number();
  co_return co_await named;
}
