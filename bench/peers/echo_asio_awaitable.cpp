// SPDX-License-Identifier: MIT
// Echo on Boost.Asio with C++20 coroutines, one thread.
#include "bench/support/echo_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> serve(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
  std::array<char, bench::echo_buffer_size> buffer;
  for (;;) {
    auto [read_error, count] = co_await socket.async_read_some(asio::buffer(buffer), as_result);
    if (read_error) co_return;
    auto [write_error, sent] =
        co_await asio::async_write(socket, asio::buffer(buffer.data(), count), as_result);
    if (write_error) co_return;
  }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main() {
  asio::io_context context(1);
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  bench::announce(acceptor.local_endpoint().port());
  asio::co_spawn(context, accept_all(acceptor), asio::detached);
  context.run();
}
