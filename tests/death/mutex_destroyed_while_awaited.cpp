// SPDX-License-Identifier: MIT
// expect: an event, lock, semaphore or queue was destroyed while tasks wait for it
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <memory>

namespace {

tridem::task<> lock(tridem::mutex& it) {
  auto guard = co_await it.lock();
}

tridem::task<> wrong() {
  auto it = std::make_unique<tridem::mutex>();
  auto guard = co_await it->lock();
  auto handle = tridem::create_task(lock(*it));
  co_await tridem::yield();
  it.reset();
}

}  // namespace

int main() {
  tridem::run(wrong());
}
