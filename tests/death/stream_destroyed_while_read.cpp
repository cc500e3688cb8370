// SPDX-License-Identifier: MIT
// expect: a stream, listener or file was destroyed while operations on it are pending
#include <tridem/io/tcp.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <optional>

namespace {

tridem::task<> wrong() {
  std::optional<tridem::tcp_listener> listener(
      tridem::tcp_listener::bind(tridem::address::loopback()));
  auto accepting = tridem::create_task(listener->accept());
  co_await tridem::yield();
  listener.reset();
}

}  // namespace

int main() {
  tridem::run(wrong());
}
