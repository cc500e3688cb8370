// SPDX-License-Identifier: MIT
// expect: run\(\) cannot be called from a task: await instead
#include <tridem/runtime/run.hpp>

namespace {

tridem::task<> inner() {
  co_return;
}

tridem::task<> wrong() {
  tridem::run(inner());
  co_return;
}

}  // namespace

int main() {
  tridem::run(wrong());
}
