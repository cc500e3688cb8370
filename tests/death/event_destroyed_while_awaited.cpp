// SPDX-License-Identifier: MIT
// expect: was destroyed while tasks wait for it
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <memory>

namespace {

tridem::task<> wait_for_it(tridem::event& it) {
  co_await it.wait();
}

tridem::task<> wrong() {
  auto it = std::make_unique<tridem::event>();
  auto handle = tridem::create_task(wait_for_it(*it));
  co_await tridem::yield();
  it.reset();
}

}  // namespace

int main() {
  tridem::run(wrong());
}
