// SPDX-License-Identifier: MIT
// wait_for consumes a task too.
// expect: this awaitable is consumed by awaiting it: pass it with std::move
#include <tridem/runtime/wait_for.hpp>

#include <chrono>

tridem::task<int> number() {
  co_return 1;
}

tridem::task<int> wrong() {
  tridem::task<int> named = number();
  co_return co_await tridem::wait_for(named, std::chrono::seconds(1));
}
