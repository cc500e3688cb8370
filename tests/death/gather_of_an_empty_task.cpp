// SPDX-License-Identifier: MIT
// expect: gather was given an empty task
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>

#include <utility>

namespace {

tridem::task<int> number() {
  co_return 1;
}

tridem::task<> wrong() {
  tridem::task<int> once = number();
  co_await std::move(once);
  co_await tridem::gather(std::move(once), number());
}

}  // namespace

int main() {
  tridem::run(wrong());
}
