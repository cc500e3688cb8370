// SPDX-License-Identifier: MIT
// expect: a wait was ended from thread 'stranger', but this loop lives on thread 'home'
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <pthread.h>
#include <thread>

namespace {

tridem::task<> wait_for_it(tridem::event& it) {
  co_await it.wait();
}

tridem::task<> wrong() {
  tridem::event it;
  auto waiting = tridem::create_task(wait_for_it(it));
  co_await tridem::yield();
  std::thread([&it] {
    pthread_setname_np(pthread_self(), "stranger");
    it.set();
  }).join();
}

}  // namespace

int main() {
  pthread_setname_np(pthread_self(), "home");
  tridem::run(wrong());
}
