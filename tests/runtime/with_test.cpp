// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with.hpp>

#include <stdexcept>
#include <string>

using namespace std::chrono_literals;

namespace {

class connection {
 public:
  explicit connection(std::string& log) : log_(&log) {}
  tridem::task<> use() {
    *log_ += "use ";
    co_return;
  }
  tridem::task<> close() {
    co_await tridem::sleep(1s);
    *log_ += "closed ";
  }

 private:
  std::string* log_;
};

TRIDEM_TEST("the resource is closed after the body, and the value comes back") {
  std::string log;
  const int value = co_await tridem::with(connection(log), [](connection& c) -> tridem::task<int> {
    co_await c.use();
    co_return 7;
  });
  CHECK(value == 7);
  CHECK(log == "use closed ");
}

TRIDEM_TEST("it is closed when the body throws, and the body's error is told") {
  std::string log;
  std::string text;
  try {
    co_await tridem::with(connection(log), [](connection& c) -> tridem::task<> {
      co_await c.use();
      throw std::runtime_error("body");
    });
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  CHECK(text == "body");
  CHECK(log == "use closed ");
}

TRIDEM_TEST("it is closed, awaits and all, when the body is cancelled") {
  std::string log;
  bool timed_out = false;
  auto use_for_ever = tridem::with(connection(log), [](connection& c) -> tridem::task<> {
    co_await c.use();
    co_await tridem::sleep(1h);
  });
  try {
    co_await tridem::wait_for(std::move(use_for_ever), 5s);
  } catch (const tridem::timeout_error&) {
    timed_out = true;
  }
  CHECK(timed_out);
  CHECK(log == "use closed ");
}

TRIDEM_TEST("an error of the cleanup becomes a note of the body's, or is thrown alone") {
  auto body_fails = []() -> tridem::task<int> {
    co_await tridem::yield();
    throw std::runtime_error("body");
  };
  auto body_works = []() -> tridem::task<int> { co_return 1; };
  auto cleanup_fails = []() -> tridem::task<> {
    co_await tridem::yield();
    throw std::logic_error("cleanup");
  };
  std::string notes;
  try {
    co_await tridem::finally(body_fails, cleanup_fails);
  } catch (const std::runtime_error&) {
    for (const std::string& note : tridem::notes(std::current_exception())) notes += note;
  }
  CHECK(notes.find("cleanup") != std::string::npos);

  bool cleanup_told = false;
  try {
    co_await tridem::finally(body_works, cleanup_fails);
  } catch (const std::logic_error&) {
    cleanup_told = true;
  }
  CHECK(cleanup_told);
}

TRIDEM_TEST("finally takes a task as well as a callable") {
  std::string log;
  connection first(log);
  auto cleanup = [&log]() -> tridem::task<> {
    co_await tridem::sleep(1s);
    log += "cleaned ";
  };
  co_await tridem::finally(first.use(), cleanup);
  CHECK(log == "use cleaned ");
  auto stuck = tridem::finally(tridem::sleep(1h), cleanup);
  CHECK_THROWS_AS(co_await tridem::wait_for(std::move(stuck), 1s), tridem::timeout_error);
  CHECK(log == "use cleaned cleaned ");
}

}  // namespace
