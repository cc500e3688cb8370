// SPDX-License-Identifier: MIT
// expect: an event, lock, semaphore or queue was destroyed while tasks wait for it
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <memory>

namespace {

tridem::task<> take(tridem::queue<int>& it) {
  co_await it.get();
}

tridem::task<> wrong() {
  auto it = std::make_unique<tridem::queue<int>>(1);
  auto handle = tridem::create_task(take(*it));
  co_await tridem::yield();
  it.reset();
}

}  // namespace

int main() {
  tridem::run(wrong());
}
