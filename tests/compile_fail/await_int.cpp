// SPDX-License-Identifier: MIT
// Only awaitables can be awaited inside a task.
// expect: (await|awaitable)
#include <tridem/runtime/task.hpp>

tridem::task<> wrong() {
  co_await 1;
}
