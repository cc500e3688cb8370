// SPDX-License-Identifier: MIT
// expect: result\(\) was asked of a task that has not ended
#include <tridem/runtime/run.hpp>

namespace {

tridem::task<int> number() {
  co_return 1;
}

tridem::task<> wrong() {
  auto handle = tridem::create_task(number());
  handle.result();
  co_return;
}

}  // namespace

int main() {
  tridem::run(wrong());
}
