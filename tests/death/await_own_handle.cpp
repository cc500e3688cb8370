// SPDX-License-Identifier: MIT
// expect: a task awaits its own handle, so it would never end
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

namespace {

tridem::task<> await_it(const tridem::task_handle<>& it) {
  co_await it;
}

tridem::task<> wrong() {
  tridem::task_handle<> own;
  own = tridem::create_task(await_it(own));
  co_await own;
}

}  // namespace

int main() {
  tridem::run(wrong());
}
