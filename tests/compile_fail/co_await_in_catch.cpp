// SPDX-License-Identifier: MIT
// C++ has no co_await in a handler: save the exception, leave the handler, then await.
// expect: (handler|catch)
#include <tridem/runtime/task.hpp>

tridem::task<> clean_up() {
  co_return;
}

tridem::task<> wrong() {
  try {
    co_await clean_up();
  } catch (...) {
    co_await clean_up();
  }
}
