// SPDX-License-Identifier: MIT
// expect: create_task was given an empty task
#include <tridem/runtime/run.hpp>

#include <utility>

namespace {

tridem::task<int> number() {
  co_return 1;
}

tridem::task<> wrong() {
  tridem::task<int> once = number();
  co_await std::move(once);
  tridem::create_task(std::move(once));
}

}  // namespace

int main() {
  tridem::run(wrong());
}
