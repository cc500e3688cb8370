// SPDX-License-Identifier: MIT
// Our tasks run by programs of Asio, with the tokens of Asio.
#ifdef TRIDEM_HAS_ASIO
#include "tests/io/asio_support.hpp"
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/sleep.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <memory>
#include <string>
#include <thread>

using namespace tridem;
using namespace std::chrono_literals;
using test::context_elsewhere;
namespace asio = boost::asio;

namespace {

task<int> twice(int value) {
  co_await sleep(1ms);
  if (value < 0) throw std::domain_error("negative");
  co_return 2 * value;
}

task<> wait_for_ever() {
  co_await sleep(1h);
}

asio::awaitable<std::string> ask(event_loop& home) {
  const int first = co_await async_run(home, twice(4), asio::use_awaitable);
  std::string text = std::to_string(first);
  try {
    static_cast<void>(co_await async_run(home, twice(-1), asio::use_awaitable));
  } catch (const std::domain_error& error) {
    text += std::string(" ") + error.what();
  }
  co_return text;
}

// A loop on a thread of its own, as a program of Asio sees it.
class loop_elsewhere {
 public:
  loop_elsewhere() {
    std::promise<event_loop*> started;
    std::future<event_loop*> loop = started.get_future();
    thread_ = std::thread([this, &started] {
      run([](loop_elsewhere& self, std::promise<event_loop*>& answer) -> task<> {
        event stop;
        self.stop_ = &stop;
        answer.set_value(&event_loop::current());
        co_await stop.wait();
      }(*this, started));
    });
    home = loop.get();
  }
  void finish() {
    home->call_soon_threadsafe([this] { stop_->set(); });
    thread_.join();
  }
  event_loop* home = nullptr;

 private:
  event* stop_ = nullptr;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a program of Asio runs tasks on a loop of another thread") {
  loop_elsewhere other;
  std::future<int> good = async_run(*other.home, twice(21), asio::use_future);
  std::future<int> bad = async_run(*other.home, twice(-1), asio::use_future);
  CHECK(good.get() == 42);
  CHECK_THROWS_AS(static_cast<void>(bad.get()), std::domain_error);

  // The context has nothing else to do, and goes on until the answers are there.
  asio::io_context context(1);
  std::string text;
  std::thread::id answered_on;
  asio::co_spawn(context, ask(*other.home), [&](std::exception_ptr error, std::string value) {
    CHECK(error == nullptr);
    text = std::move(value);
    answered_on = std::this_thread::get_id();
  });
  context.run();
  CHECK(text == "8 negative");
  CHECK(answered_on == std::this_thread::get_id());
  other.finish();
}

TEST_CASE("the signal of a program of Asio cancels the task, also when it comes too late") {
  loop_elsewhere other;
  asio::io_context context(1);
  asio::cancellation_signal signal;
  boost::system::error_code code;
  const auto on_end = [&](std::exception_ptr error) {
    REQUIRE(error != nullptr);
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& failure) {
      code = failure.code();
    }
  };
  async_run(*other.home, wait_for_ever(),
            asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(context, on_end)));
  signal.emit(asio::cancellation_type::terminal);
  context.run();
  CHECK(code == asio::error::operation_aborted);
  signal.emit(asio::cancellation_type::terminal);
  other.finish();
  signal.emit(asio::cancellation_type::terminal);
}

TEST_CASE("a loop that ends cancels the task, and the program of Asio hears of it") {
  loop_elsewhere other;
  std::future<void> never = async_run(*other.home, wait_for_ever(), asio::use_future);
  other.finish();
  CHECK_THROWS_AS(never.get(), boost::system::system_error);
}

TRIDEM_TEST("on one loop, both sides take turns") {
  const auto body = []() -> asio::awaitable<int> {
    const auto [error, value] =
        co_await async_run(event_loop::current(), twice(5), asio::as_tuple(asio::use_awaitable));
    CHECK(error == nullptr);
    co_return value + co_await async_run(twice(1), asio::use_awaitable);
  };
  const int sum = co_await asio::co_spawn(asio_context(), body(), use_task);
  CHECK(sum == 12);
  // As a lazy awaitable, which is then the same as awaiting the task.
  const int direct = co_await async_run(twice(3), use_task);
  CHECK(direct == 6);
}

TRIDEM_TEST("a handler without an executor is called on the loop's thread") {
  event called;
  std::thread::id ran_on;
  async_run(twice(2), [&](std::exception_ptr error, int value) {
    CHECK(error == nullptr);
    CHECK(value == 4);
    ran_on = std::this_thread::get_id();
    called.set();
  });
  co_await called.wait();
  CHECK(ran_on == std::this_thread::get_id());
  async_run(twice(2), asio::detached);
}

TRIDEM_TEST("cancelling a task of ours that waits for one through Asio cancels both") {
  auto outer = create_task(async_run(wait_for_ever(), use_task));
  co_await yield();
  co_await yield();
  outer.cancel();
  while (!outer.done()) co_await yield();
  CHECK(outer.cancelled());
}
#endif
