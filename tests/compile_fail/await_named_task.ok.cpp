// SPDX-License-Identifier: MIT
// A named task is awaited by moving it.
#include <tridem/runtime/task.hpp>

#include <utility>

tridem::task<int> number() {
  co_return 1;
}

tridem::task<int> right() {
  tridem::task<int> named = number();
  co_return co_await std::move(named);
}
