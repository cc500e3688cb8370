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

template <class Clock>
struct bridge {
  asio::io_context loop{1};
  asio::thread_pool pool{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(loop);
  Clock clock;
  int left = 0;  // strands of calls that still run

  void end_one() {
    if (--left == 0) work.reset();
  }
};

template <class Clock>
void call_again(bridge<Clock>& b, int value) {
  asio::post(b.pool, [&b, value, begun = b.clock.begin()] {
    const int answer = job(value);
    asio::post(b.loop, [&b, answer, begun] {
      if (b.clock.goes_on(begun)) {
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
template <class Clock>
asio::awaitable<void> keep_calling(bridge<Clock>& b) {
  int value = 0;
  for (bool goes_on = true; goes_on;) {
    const auto begun = b.clock.begin();
    value = co_await asio::co_spawn(b.pool, job_in_pool(value), asio::use_awaitable);
    goes_on = b.clock.goes_on(begun);
  }
  b.end_one();
}

template <class Clock>
void measure_callbacks(int window) {
  bridge<Clock> b;
  b.left = window;
  for (int i = 0; i < window; ++i) call_again(b, i);
  b.loop.run();
  b.clock.report("asio, callbacks", "call into a thread", window);
}
template <class Clock>
void measure_awaitables(int window) {
  bridge<Clock> b;
  b.left = window;
  for (int i = 0; i < window; ++i) asio::co_spawn(b.loop, keep_calling(b), asio::detached);
  b.loop.run();
  b.clock.report("asio, awaitable", "call into a thread", window);
}

}  // namespace

int main() {
  for (const int window : bench::windows) measure_callbacks<bench::call_clock>(window);
  for (const int window : bench::latency_windows) measure_callbacks<bench::latency_clock>(window);
  for (const int window : bench::windows) measure_awaitables<bench::call_clock>(window);
  for (const int window : bench::latency_windows) measure_awaitables<bench::latency_clock>(window);
}
