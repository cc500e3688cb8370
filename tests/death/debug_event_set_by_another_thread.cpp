// SPDX-License-Identifier: MIT
// Nobody waits for the event, so only debug mode can know whose it is.
// expect: event::set from thread 'stranger', but it is used on the loop of thread 'home'
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/run.hpp>

#include <pthread.h>
#include <thread>

namespace {

tridem::task<> wrong() {
  tridem::event it;
  it.clear();
  std::thread([&it] {
    pthread_setname_np(pthread_self(), "stranger");
    it.set();
  }).join();
  co_return;
}

}  // namespace

int main() {
  pthread_setname_np(pthread_self(), "home");
  tridem::run(wrong(), {.debug = true});
}
