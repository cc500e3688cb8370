// SPDX-License-Identifier: MIT
// Another thread hands a task to a loop and waits for its std::future.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/event.hpp>
#include <tridem/runtime/run_coroutine_threadsafe.hpp>
#include <tridem/runtime/sleep.hpp>

#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<std::thread::id> where_it_runs() {
  co_await sleep(1s);
  co_return std::this_thread::get_id();
}
task<> fail() {
  co_await yield();
  throw std::runtime_error("told to the other thread");
}

TRIDEM_TEST("the task runs on the loop's thread, and the future gets its value") {
  event_loop& loop = event_loop::current();
  event done;
  std::thread::id ran_on;
  std::jthread other([&] {
    ran_on = run_coroutine_threadsafe(loop, where_it_runs()).get();
    loop.call_soon_threadsafe([&] { done.set(); });
  });
  co_await done.wait();
  CHECK(ran_on == std::this_thread::get_id());
}

TRIDEM_TEST("the future gets the error") {
  event_loop& loop = event_loop::current();
  event done;
  std::string text;
  std::jthread other([&] {
    try {
      run_coroutine_threadsafe(loop, fail()).get();
    } catch (const std::runtime_error& error) {
      text = error.what();
    }
    loop.call_soon_threadsafe([&] { done.set(); });
  });
  co_await done.wait();
  CHECK(text == "told to the other thread");
}

TRIDEM_TEST("from several threads at once") {
  event_loop& loop = event_loop::current();
  int left = 4;
  event done;
  std::vector<std::jthread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&loop, &left, &done] {
      auto number = [](int value) -> task<int> {
        co_await yield();
        co_return value;
      };
      int sum = 0;
      for (int n = 0; n < 100; ++n) sum += run_coroutine_threadsafe(loop, number(n)).get();
      CHECK(sum == 4950);
      loop.call_soon_threadsafe([&] {
        if (--left == 0) done.set();
      });
    });
  }
  co_await done.wait();
}

TEST_CASE("a loop that ends first cancels the task, and the future says so") {
  std::future<void> future;
  auto main = [](std::future<void>* out) -> task<> {
    auto endless = []() -> task<> { co_await sleep(1000h); };
    *out = run_coroutine_threadsafe(event_loop::current(), endless());
    co_await yield();
  };
  run(main(&future));
  CHECK_THROWS_AS(future.get(), task_cancelled);
}

}  // namespace
}  // namespace tridem
