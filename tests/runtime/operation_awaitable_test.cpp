// SPDX-License-Identifier: MIT
// Awaiting an operation: its value, its error, its cancellation, and nothing allocated.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>

namespace tridem {
namespace {

using test::virtual_driver;

struct ask_operation : operation {
  ask_operation() noexcept : operation(op_kind{}) {}
  using value_type = int;
  int take_value() const noexcept { return result; }
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "ask of 7");
  }
};
using ask = operation_awaitable<ask_operation>;

/// A loop whose driver the test holds.
struct world {
  world() {
    auto owned = std::make_unique<virtual_driver>();
    system = owned.get();
    loop = std::make_unique<event_loop>(std::move(owned));
  }
  /// A turn that does not wait, because a callback is ready.
  void turn() {
    loop->call_soon([] {});
    loop->turn();
  }
  void turn_until_held() {
    while (system->held().empty()) turn();
  }
  void answer(std::int32_t result) { system->complete(*system->held().front(), result); }
  template <class T>
  void finish(task_handle<T>& handle) {
    while (!handle.done()) turn();
  }
  virtual_driver* system;
  std::unique_ptr<event_loop> loop;
};

task<int> ask_once() {
  const int answer = co_await ask(ask_operation());
  co_return answer;
}
task<result<int>> ask_for_result() {
  auto answer = co_await as_result(ask(ask_operation()));
  co_return answer;
}

TEST_CASE("a result of zero or more is the value") {
  world w;
  auto handle = create_task(ask_once());
  w.turn_until_held();
  w.answer(42);
  w.finish(handle);
  CHECK(handle.result() == 42);
}

TEST_CASE("a negative result is a system_error that names operation and cause") {
  world w;
  auto handle = create_task(ask_once());
  w.turn_until_held();
  w.answer(-ECONNREFUSED);
  w.finish(handle);
  std::string text;
  std::error_code code;
  try {
    handle.result();
  } catch (const std::system_error& error) {
    text = error.what();
    code = error.code();
  }
  CHECK(code == std::errc::connection_refused);
  CHECK(text.find("ask of 7") != std::string::npos);
  CHECK(text.find("refused") != std::string::npos);
}

TEST_CASE("as_result gives the code without a throw") {
  world w;
  auto handle = create_task(ask_for_result());
  w.turn_until_held();
  w.answer(-ENOENT);
  w.finish(handle);
  CHECK(handle.result().error() == std::errc::no_such_file_or_directory);
}

TEST_CASE("cancelled in flight: the frame waits for the operation's own end") {
  world w;
  w.system->obeys_cancel = false;
  auto handle = create_task(ask_once());
  w.turn_until_held();
  handle.cancel();
  w.turn();
  w.turn();
  CHECK_FALSE(handle.done());
  w.answer(operation::cancelled_result);
  w.finish(handle);
  CHECK(handle.cancelled());
}

TEST_CASE("cancelled in flight, but the answer came: it is delivered") {
  world w;
  w.system->obeys_cancel = false;
  auto handle = create_task(ask_once());
  w.turn_until_held();
  handle.cancel();
  w.answer(9);
  w.finish(handle);
  CHECK_FALSE(handle.cancelled());
  CHECK(handle.result() == 9);
}

TEST_CASE("ECANCELED that nobody asked for is an error") {
  world w;
  auto handle = create_task(ask_once());
  w.turn_until_held();
  w.answer(-ECANCELED);
  w.finish(handle);
  CHECK_FALSE(handle.cancelled());
  CHECK_THROWS_AS(handle.result(), std::system_error);
}

TEST_CASE("a cancelled task does not even ask") {
  world w;
  auto handle = create_task(ask_once());
  handle.cancel();
  w.finish(handle);
  CHECK(handle.cancelled());
  CHECK(w.system->held().empty());
}

}  // namespace
}  // namespace tridem
