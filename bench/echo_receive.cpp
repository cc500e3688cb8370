// SPDX-License-Identifier: MIT
// The same question as echo.cpp, of a server that holds no buffer for a connection that waits: what
// does it cost, or gain, that the loop lends one when bytes have come?
#include "bench/support/echo_socket.hpp"

#include <tridem/io/tcp.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/run.hpp>

namespace {

tridem::task<> serve(tridem::tcp_stream stream) {
  for (;;) {
    const tridem::received_bytes got = co_await stream.receive();
    if (got.empty()) co_return;
    co_await stream.write_all(got.bytes());
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
