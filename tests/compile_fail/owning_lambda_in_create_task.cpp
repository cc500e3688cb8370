// SPDX-License-Identifier: MIT
// A temporary lambda that owns its captures would be destroyed twice by g++ 12.
// expect: GCC PR 99576.*name the lambda and pass moved\(f\)
// compiler: GNU
#include <tridem/runtime/create_task.hpp>

#include <string>

tridem::task<> wrong(std::string text) {
  co_await tridem::create_task([text]() -> tridem::task<> { co_return; });
}
