// SPDX-License-Identifier: MIT
// expect: call_soon from thread 'stranger', but this loop lives on thread 'home'
#include <tridem/runtime/run.hpp>

#include <pthread.h>
#include <thread>

namespace {

tridem::task<> wrong() {
  tridem::event_loop& home = tridem::event_loop::current();
  std::thread([&home] {
    pthread_setname_np(pthread_self(), "stranger");
    home.call_soon([] {});
  }).join();
  co_return;
}

}  // namespace

int main() {
  pthread_setname_np(pthread_self(), "home");
  tridem::run(wrong());
}
