// SPDX-License-Identifier: MIT
// The question of task_memory.cpp, asked of Boost.Asio: coroutines that wait for one timer.
#include "bench/support/figure.hpp"
#include "bench/support/resident.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace {

namespace asio = boost::asio;
constexpr int tasks = 200'000;

asio::awaitable<void> wait(asio::steady_timer& timer) {
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace

int main() {
  const double before = bench::resident_bytes();
  asio::io_context context(1);
  asio::steady_timer never(context, asio::steady_timer::time_point::max());
  for (int i = 0; i < tasks; ++i) asio::co_spawn(context, wait(never), asio::detached);
  context.poll();
  bench::report({.subject = "asio",
                 .question = "memory of a spawned task that waits",
                 .unit = "B",
                 .value = (bench::resident_bytes() - before) / tasks});
  never.cancel();
  context.run();
}
