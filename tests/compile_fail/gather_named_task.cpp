// SPDX-License-Identifier: MIT
// A task given to gather is consumed, so a named one must be moved.
// expect: this awaitable is consumed by awaiting it: pass it with std::move
#include <tridem/runtime/gather.hpp>

tridem::task<int> number() {
  co_return 1;
}

tridem::task<> wrong() {
  tridem::task<int> named = number();
  co_await tridem::gather(named, number());
}
