// SPDX-License-Identifier: MIT
// A listening socket changes hands, as at the restart of a service or from systemd: nobody who
// connects meanwhile is turned away.
#include "tests/support/async_test.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/server.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/io/unix.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <array>
#include <fcntl.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

task<> greet(tcp_stream stream) {
  co_await stream.write_all(as_bytes("new"));
}

}  // namespace

TRIDEM_TEST("the listener of an old process serves in a new one, with those who wait in it") {
  tcp_listener old = tcp_listener::bind(address::loopback());
  const address where = old.local_address();
  tcp_stream early = co_await tcp_stream::connect(where);
  auto [here, there] = unix_stream::pair();
  {
    const descriptor given = old.release();
    CHECK(!old.is_open());
    const std::array<int, 1> numbers{given.get()};
    co_await here.send_with_descriptors(as_bytes("L"), numbers);
  }
  std::array<char, 1> byte{};
  received_message message = co_await there.receive(as_writable_bytes(byte));
  REQUIRE(message.descriptors.size() == 1);
  tcp_listener taken(std::move(message.descriptors.front()));
  CHECK(taken.local_address() == where);
  server serving = start_server(std::move(taken), greet);
  tcp_stream late = co_await tcp_stream::connect(where);
  for (tcp_stream* client : {&early, &late}) {
    std::array<char, 3> answer{};
    co_await client->read_exactly(as_writable_bytes(answer));
    CHECK(std::string(answer.data(), answer.size()) == "new");
  }
  co_await serving.stop(1s);
}

TRIDEM_TEST("a listener in blocking mode, as systemd gives it, holds nothing up") {
  test::listener made(test::mode::blocking);
  tcp_listener taken(std::move(made.socket));
  const address where = taken.local_address();
  auto nobody = [&taken]() -> task<> { co_await taken.accept(); };
  const auto cut = co_await as_result(wait_for(nobody(), 20ms));
  CHECK_FALSE(cut);
  tcp_stream client = co_await tcp_stream::connect(where);
  tcp_stream accepted = co_await taken.accept();
  CHECK(accepted.peer_address() == client.local_address());
}

TRIDEM_TEST("the file of a unix listener stays with the socket that was handed over") {
  const test::temporary_directory place;
  const std::string path = place / "socket";
  unix_listener old = unix_listener::bind(path);
  {
    unix_listener taken(old.release());
    CHECK(::access(path.c_str(), F_OK) == 0);
    unix_stream client = co_await unix_stream::connect(path);
    unix_stream accepted = co_await taken.accept();
    CHECK(accepted.peer_credentials().pid == ::getpid());
    co_await taken.close();
  }
  CHECK(::access(path.c_str(), F_OK) == 0);
  CHECK(::unlink(path.c_str()) == 0);
}
