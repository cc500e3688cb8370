// SPDX-License-Identifier: MIT
// A program outside the source tree that awaits Asio.
#include <tridem/io/asio_interop.hpp>
#include <tridem/runtime/run.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace {

tridem::task<int> async_main() {
  boost::asio::steady_timer timer(tridem::asio_context(), std::chrono::milliseconds(1));
  co_await timer.async_wait(tridem::use_task);
  co_return 0;
}

}  // namespace

int main() {
  return tridem::run(async_main());
}
