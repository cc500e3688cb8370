// SPDX-License-Identifier: MIT
// The same inside with_cancel_scope, whose body is awaited at once.
// expect: GCC PR 99576
// compiler: GNU
#include <tridem/runtime/with_cancel_scope.hpp>

#include <memory>

tridem::task<> wrong(std::shared_ptr<int> shared) {
  co_await tridem::with_cancel_scope(
      [shared](tridem::cancel_scope&) -> tridem::task<> { co_return; });
}
