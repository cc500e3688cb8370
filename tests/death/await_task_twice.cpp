// SPDX-License-Identifier: MIT
// expect: a task was awaited that is empty: moved from, or awaited before
#include <tridem/runtime/run.hpp>

#include <utility>

namespace {

tridem::task<int> number() {
  co_return 1;
}

tridem::task<> wrong() {
  tridem::task<int> once = number();
  co_await std::move(once);
  co_await std::move(once);
}

}  // namespace

int main() {
  tridem::run(wrong());
}
