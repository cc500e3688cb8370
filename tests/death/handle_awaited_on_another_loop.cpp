// SPDX-License-Identifier: MIT
// expect: a task handle was awaited from thread 'stranger', but this loop lives on thread 'home'
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <chrono>
#include <pthread.h>
#include <thread>

namespace {

tridem::task<> await_it(tridem::task_handle<>& it) {
  co_await it;
}

tridem::task<> wrong() {
  auto sleeper = tridem::create_task(tridem::sleep(std::chrono::hours(1)));
  std::thread([&sleeper] {
    pthread_setname_np(pthread_self(), "stranger");
    tridem::run(await_it(sleeper));
  }).join();
  co_return;
}

}  // namespace

int main() {
  pthread_setname_np(pthread_self(), "home");
  tridem::run(wrong());
}
