// SPDX-License-Identifier: MIT
// moved() around a temporary lambda would be destroyed twice as well.
// expect: moved\(\) takes a callable that has a name
#include <tridem/runtime/create_task.hpp>

#include <string>

tridem::task<> wrong(std::string text) {
  co_await tridem::create_task(tridem::moved([text]() -> tridem::task<> { co_return; }));
}
