// SPDX-License-Identifier: MIT
// How many requests does an echo server of tridem answer? This is the server, written as a user
// would; TRIDEM_DRIVER chooses the driver, and support/echo_load.cpp asks.
#include "bench/support/echo_socket.hpp"

#include <tridem/io/tcp.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/run.hpp>

#include <array>

namespace {

tridem::task<> serve(tridem::tcp_stream stream) {
  std::array<std::byte, bench::echo_buffer_size> buffer;
  for (;;) {
    const std::size_t count = co_await stream.read_some(buffer);
    if (count == 0) co_return;
    co_await stream.write_all(std::span(buffer).first(count));
  }
}

tridem::task<> accept_all() {
  auto listener = tridem::tcp_listener::bind(tridem::address::loopback());
  bench::announce(listener.local_address().port());
  for (;;) {
    tridem::tcp_stream stream = co_await listener.accept();
    tridem::create_task(serve(std::move(stream)));
  }
}

}  // namespace

int main() {
  tridem::run(accept_all());
}
