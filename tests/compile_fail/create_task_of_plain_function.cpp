// SPDX-License-Identifier: MIT
// create_task runs coroutines; a function that blocks belongs into a thread.
// expect: must return a task or another awaitable; use to_thread for blocking functions
#include <tridem/runtime/create_task.hpp>

int blocking(int x) {
  return x;
}

tridem::task<> wrong() {
  auto handle = tridem::create_task(blocking, 1);
  co_return;
}
