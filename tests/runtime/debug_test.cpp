// SPDX-License-Identifier: MIT
// Debug mode: what it is set to, what it shuffles, what it tells.
#include "tests/support/async_test.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/debug_settings.hpp>
#include <tridem/runtime/detail/frame_pool.hpp>
#include <tridem/runtime/detail/frame_quarantine.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;
using detail::debug_settings_of;
using test::captured_stderr;

bool says(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

/// Sets a variable of the environment, or removes it for null, until the test ends.
class variable {
 public:
  variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;
  ~variable() { set(before_ ? before_->c_str() : nullptr); }

 private:
  void set(const char* value) {
    if (value == nullptr) {
      ::unsetenv(name_);
    } else {
      ::setenv(name_, value, 1);
    }
  }
  const char* name_;
  std::optional<std::string> before_;
};

/// Runs `body` in debug mode, whatever the environment says.
void run_debugged(task<> body, std::uint64_t seed = 1) {
  detail::debug_settings settings;
  settings.is_on = true;
  settings.seed = seed;
  detail::run_on(std::make_unique<test::virtual_driver>(), std::move(body),
                 std::source_location::current(), settings);
}

TEST_CASE("options come before the environment, and that before the defaults") {
  const variable no_debug("TRIDEM_DEBUG", nullptr);
  const variable no_seed("TRIDEM_SEED", nullptr);
  const variable no_watchdog("TRIDEM_WATCHDOG", nullptr);
  run_options options;
  CHECK_FALSE(debug_settings_of(options).is_on);
  {
    const variable on("TRIDEM_DEBUG", "1");
    const variable seeded("TRIDEM_SEED", "18446744073709551615");
    CHECK(debug_settings_of(options).is_on);
    CHECK(debug_settings_of(options).seed == 18446744073709551615U);
    CHECK(debug_settings_of(options).watchdog == 100ms);
    const variable patient("TRIDEM_WATCHDOG", "2s");
    CHECK(debug_settings_of(options).watchdog == 2s);
    options.debug_seed = 7;
    options.watchdog = 0s;
    CHECK(debug_settings_of(options).seed == 7);
    CHECK(debug_settings_of(options).watchdog == 0s);
    options.debug = false;
    CHECK_FALSE(debug_settings_of(options).is_on);
  }
  options = {};
  options.watchdog = 3ms;
  CHECK_FALSE(debug_settings_of(options).is_on);
  CHECK(debug_settings_of(options).watchdog == 3ms);
  options = {};
  options.debug = true;
  CHECK(debug_settings_of(options).seed == debug_settings_of(options).seed);
}

TEST_CASE("what cannot be read is refused by name") {
  for (const char* name : {"TRIDEM_DEBUG", "TRIDEM_SEED", "TRIDEM_WATCHDOG"}) {
    const variable on("TRIDEM_DEBUG", "1");
    const variable wrong(name, "maybe");
    try {
      static_cast<void>(debug_settings_of(run_options{}));
      FAIL("taken");
    } catch (const std::invalid_argument& error) {
      CHECK(says(error.what(), name));
      CHECK(says(error.what(), "maybe"));
    }
  }
}

TEST_CASE("spans of time as people write them") {
  using detail::parse_span;
  CHECK(parse_span("100ms") == 100ms);
  CHECK(parse_span("2s") == 2s);
  CHECK(parse_span("500us") == 500us);
  CHECK(parse_span("0") == 0s);
  CHECK(parse_span("off") == 0s);
  for (const char* wrong :
       {"", "ms", "5", "-5ms", "5 ms", "5msx", "99999999999999999999s", "86401s", "1e3ms"}) {
    CAPTURE(wrong);
    CHECK(parse_span(wrong) < 0s);
  }
}

task<> note_when_set(event* flag, std::vector<int>* order, int which) {
  co_await flag->wait();
  order->push_back(which);
}

task<> resume_twenty(std::vector<int>* order) {
  event flag;
  std::vector<task_handle<>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(create_task(note_when_set(&flag, order, i)));
  co_await yield();
  flag.set();
  for (const task_handle<>& one : waiting) co_await one;
}

std::vector<int> order_of(std::uint64_t seed) {
  std::vector<int> order;
  run_debugged(resume_twenty(&order), seed);
  return order;
}

TEST_CASE("the same seed gives the same order, another seed another one") {
  std::set<std::vector<int>> orders;
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const std::vector<int> once = order_of(seed);
    CHECK(once == order_of(seed));
    std::vector<int> sorted = once;
    std::ranges::sort(sorted);
    for (int i = 0; i < 20; ++i) CHECK(sorted[static_cast<std::size_t>(i)] == i);
    orders.insert(once);
  }
  CHECK(orders.size() == 5);
  // The generator is our own: every compiler and library gives this order.
  CHECK(order_of(1) ==
        std::vector<int>{8, 10, 9, 14, 5, 6, 18, 3, 12, 17, 0, 19, 4, 1, 15, 16, 13, 7, 2, 11});
}

task<> keep_promises() {
  event_loop& loop = event_loop::current();
  std::vector<int> calls;
  std::vector<int> started;
  auto start = [](std::vector<int>* into, int which) -> task<> {
    into->push_back(which);
    co_await yield();
    into->push_back(which + 100);
  };
  std::vector<task_handle<>> tasks;
  for (int i = 0; i < 10; ++i) {
    loop.call_soon([&calls, i] { calls.push_back(i); });
    tasks.push_back(create_task(start, &started, i));
  }
  co_await yield();  // lets everything else that is ready run first
  CHECK(started.size() == 10);
  CHECK(calls.size() == 10);
  CHECK(std::ranges::is_sorted(calls));
  co_await yield();
  CHECK(started.size() == 20);
}

TEST_CASE("shuffled or not: call_soon keeps its order, and yield comes after all that was ready") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) run_debugged(keep_promises(), seed);
}

task<int> forgotten_work(int value) {
  co_return value;
}
task<> forget(int times) {
  for (int i = 0; i < times; ++i) {
    [[maybe_unused]] const task<int> dropped = forgotten_work(i);
  }
  co_return;
}

TEST_CASE("a task that is never awaited is told with its function, once, and counted") {
  captured_stderr out;
  run_debugged(forget(3));
  const std::string text = out.end();
  CAPTURE(text);
  CHECK(says(text, "never awaited"));
  CHECK(says(text, "forgotten_work(int)"));
  CHECK(says(text, "dropped in task 'main' (#1)"));
  CHECK(says(text, "3 tasks were destroyed that were never awaited"));
  CHECK(text.find("nothing of it has run") == text.rfind("nothing of it has run"));
}

task<> fail_before_the_await() {
  const task<int> dropped = forgotten_work(1);
  throw std::runtime_error("on the way out");
  co_return;
}

TEST_CASE("what an exception leaves behind was not forgotten") {
  captured_stderr out;
  CHECK_THROWS_AS(run_debugged(fail_before_the_await()), std::runtime_error);
  CHECK_FALSE(says(out.end(), "never awaited"));
}

/// Suspends without a word to the loop: as if nobody would ever resume.
class unknown_wait {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    line = awaiting.promise().line;
    at = awaiting;
  }
  void await_resume() const noexcept {}

  static inline detail::strand* line = nullptr;
  static inline std::coroutine_handle<> at;
};

task<> stray() {
  co_await unknown_wait();
}
task<> lose_one() {
  auto lost = create_task(stray(), "stray");
  co_await sleep(1s);
  unknown_wait::line->resume_point = unknown_wait::at;
  event_loop::current().ready.push_back(*unknown_wait::line);
  co_await lost;
}

TEST_CASE("a task that is suspended but waits for nothing is told, once") {
  captured_stderr out;
  run_debugged(lose_one());
  const std::string text = out.end();
  CAPTURE(text);
  CHECK(says(text, "task 'stray' (#2) is suspended but waits for nothing"));
  CHECK(says(text, "debug_test.cpp:"));
  CHECK(text.find("suspended but") == text.rfind("suspended but"));
}

task<> lose_a_child() {
  auto both = [](bool* ended) -> task<> {
    co_await gather(stray(), sleep(3s));
    *ended = true;
  };
  bool ended = false;
  auto parent = create_task(both, &ended);
  co_await sleep(1s);
  unknown_wait::line->resume_point = unknown_wait::at;
  event_loop::current().ready.push_back(*unknown_wait::line);
  co_await parent;
  CHECK(ended);
}

TEST_CASE("a child of a gather that is lost is told too") {
  captured_stderr out;
  run_debugged(lose_a_child());
  const std::string text = out.end();
  CAPTURE(text);
  CHECK(says(text, "task 'task-2' (#2) is suspended but waits for nothing"));
  CHECK(says(text, "stray()"));
  CHECK(text.find("suspended but") == text.rfind("suspended but"));
}

TEST_CASE("a freed frame is not used again at once, and looks like nothing") {
  detail::enter_quarantine();
  constexpr std::size_t size = 256;
  std::set<void*> seen;
  for (int i = 0; i < 100; ++i) {
    void* frame = detail::allocate_frame(size);
    seen.insert(frame);
    detail::free_frame(frame, size);
  }
  detail::leave_quarantine();
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(seen.size() >= 99);
#endif
}

TEST_CASE("outside debug mode nothing of this is on") {
  const bool everywhere = std::getenv("TRIDEM_DEBUG") != nullptr;
  CHECK_FALSE(detail::debug_mode());
  auto ask = [](bool* answer) -> task<> {
    *answer = detail::debug_mode();
    co_return;
  };
  bool inside = false;
  detail::run_on(std::make_unique<test::virtual_driver>(), ask(&inside),
                 std::source_location::current());
  CHECK_FALSE(inside);
  run(ask(&inside));
  CHECK(inside == (everywhere && std::string(std::getenv("TRIDEM_DEBUG")) == "1"));
}

TEST_CASE("a lock may be used on one loop after the other") {
  mutex lock;
  auto use = [](mutex* used) -> task<> {
    auto held = co_await used->lock();
    co_await yield();
  };
  run_debugged(use(&lock));
  run_debugged(use(&lock));
  CHECK(lock.try_lock());
  lock.unlock();
}

}  // namespace
}  // namespace tridem
