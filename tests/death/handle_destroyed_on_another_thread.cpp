// SPDX-License-Identifier: MIT
// expect: a task handle was destroyed from thread 'stranger', but this loop lives on thread 'home'
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <chrono>
#include <pthread.h>
#include <thread>
#include <utility>

namespace {

tridem::task<> wrong() {
  auto handle = tridem::create_task(tridem::sleep(std::chrono::hours(1)));
  std::thread([given = std::move(handle)]() mutable {
    pthread_setname_np(pthread_self(), "stranger");
    const auto dropped = std::move(given);
  }).join();
  co_return;
}

}  // namespace

int main() {
  pthread_setname_np(pthread_self(), "home");
  tridem::run(wrong());
}
