// SPDX-License-Identifier: MIT
// expect: process::join<R>\(\) was called with another R than the function returns
#include <tridem/pool/process.hpp>
#include <tridem/runtime/run.hpp>

namespace {

int twice(int n) {
  return 2 * n;
}

tridem::task<> wrong() {
  auto running = tridem::process::start<&twice>(1);
  (void)co_await running.join<long>();
}

}  // namespace

int main() {
  tridem::run(wrong());
}
