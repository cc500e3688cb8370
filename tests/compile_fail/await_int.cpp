// SPDX-License-Identifier: MIT
// Only awaitables can be awaited inside a task.
// expect: this type cannot be awaited: it has neither operator co_await nor await_ready
#include <tridem/runtime/task.hpp>

tridem::task<> wrong() {
  co_await 1;
}
