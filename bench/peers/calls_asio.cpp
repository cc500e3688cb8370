// SPDX-License-Identifier: MIT
// A call into a thread, asked of Boost.Asio: posted to its thread_pool of one thread, the answer
// posted back to the loop. By callbacks (the least it can do) and by coroutines.
#include "bench/support/windows.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace {

namespace asio = boost::asio;

[[gnu::noinline]] int job(int value) {
  return value + 1;
}

struct bridge {
  asio::io_context loop{1};
  asio::thread_pool pool{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(loop);
  bench::call_clock clock;
  int left = 0;  // strands of calls that still run

  void end_one() {
    if (--left == 0) work.reset();
  }
};

void call_again(bridge& b, int value) {
  asio::post(b.pool, [&b, value] {
    const int answer = job(value);
    asio::post(b.loop, [&b, answer] {
      if (b.clock.goes_on()) {
        call_again(b, answer);
      } else {
        b.end_one();
      }
    });
  });
}

asio::awaitable<int> job_in_pool(int value) {
  co_return job(value);
}
asio::awaitable<void> keep_calling(bridge& b) {
  int value = 0;
  do {
    value = co_await asio::co_spawn(b.pool, job_in_pool(value), asio::use_awaitable);
  } while (b.clock.goes_on());
  b.end_one();
}

}  // namespace

int main() {
  for (const int window : bench::windows) {
    bridge b;
    b.left = window;
    for (int i = 0; i < window; ++i) call_again(b, i);
    b.loop.run();
    b.clock.report("asio, callbacks", "call into a thread", window);
  }
  for (const int window : bench::windows) {
    bridge b;
    b.left = window;
    for (int i = 0; i < window; ++i) asio::co_spawn(b.loop, keep_calling(b), asio::detached);
    b.loop.run();
    b.clock.report("asio, awaitable", "call into a thread", window);
  }
}
