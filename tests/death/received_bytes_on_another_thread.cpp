// SPDX-License-Identifier: MIT
// expect: received_bytes were destroyed on another thread than that of their loop
#include <tridem/io/unix.hpp>
#include <tridem/runtime/run.hpp>

#include <thread>

namespace {

tridem::task<> wrong() {
  auto [from, to] = tridem::unix_stream::pair();
  co_await from.write_all(tridem::as_bytes("x"));
  tridem::received_bytes got = co_await to.receive();
  std::jthread([&] { const tridem::received_bytes taken = std::move(got); });
}

}  // namespace

int main() {
  tridem::run(wrong());
}
