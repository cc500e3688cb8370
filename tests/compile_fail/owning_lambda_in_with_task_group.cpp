// SPDX-License-Identifier: MIT
// The same inside with_task_group, whose body is awaited at once.
// expect: GCC PR 99576
// compiler: GNU
#include <tridem/runtime/task_group.hpp>

#include <string>

tridem::task<> wrong(std::string text) {
  co_await tridem::with_task_group([text](tridem::task_group&) -> tridem::task<> { co_return; });
}
