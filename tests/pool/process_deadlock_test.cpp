// SPDX-License-Identifier: MIT
// The matrix of CPython's test_deadlock.py, and more of it: errors, crashes and exits at every
// place between a call and its result. One call fails, as it should; its neighbours and the pool go
// on.
#include "tests/pool/child_support.hpp"
#include "tests/pool/trouble.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run_coroutine_threadsafe.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace tridem::test;

namespace {

int twice(int n) {
  return 2 * n;
}
parcel handle(parcel sent) {
  sent.pass(place::run);
  return sent;
}
std::size_t leave_later(std::string bulk, const farewell&) {
  return bulk.size();
}

/// What has become of a call, in one word.
std::string kind_of(const std::exception_ptr& error) {
  if (error == nullptr) return "value";
  try {
    std::rethrow_exception(error);
  } catch (const tridem::worker_crashed& crash) {
    return crash.signal() != 0 ? "signal " + std::to_string(crash.signal())
                               : "exit code " + std::to_string(crash.exit_code());
  } catch (const std::domain_error& own) {
    return own.what();
  } catch (const tridem::pool_closed&) {
    return "closed";
  } catch (const std::exception& other) {
    return other.what();
  }
}

std::string expected_of(deed what) {
  switch (what) {
    case deed::error:
      return "trouble";
    case deed::segv:
    case deed::overflow:
      return "signal " + std::to_string(SIGSEGV);
    case deed::abort:
      return "signal " + std::to_string(SIGABRT);
    case deed::kill:
      return "signal " + std::to_string(SIGKILL);
    case deed::exit_0:
      return "exit code 0";
    case deed::exit_1:
      return "exit code 1";
    case deed::none:
      return "value";
  }
  return "";
}

/// A sanitizer ends a process that crashes with an exit code.
bool is_as_expected(const std::string& kind, deed what) {
  return kind == expected_of(what) ||
         ((what == deed::segv || what == deed::overflow || what == deed::abort) &&
          kind.starts_with("exit code ") && kind != "exit code 0");
}

template <class Call>
tridem::task<std::string> fate_of(Call call) {
  std::exception_ptr error;
  try {
    (void)co_await std::move(call);
  } catch (const std::exception&) {
    error = std::current_exception();
  }
  co_return kind_of(error);
}

constexpr deed all_deeds[] = {deed::error,  deed::segv, deed::abort,   deed::exit_0,
                              deed::exit_1, deed::kill, deed::overflow};
/// In the slot itself, in the arena, in a block of its own.
constexpr std::size_t all_sizes[] = {0, 300'000, 20'000'000};

/// One bad call among good ones.
tridem::task<> one_case(tridem::process_pool& pool, place where, deed what, std::size_t size) {
  std::vector<tridem::task_handle<int>> neighbours;
  for (int i = 0; i < 4; ++i) neighbours.push_back(tridem::create_task(pool.submit<&twice>(i)));
  parcel bad{std::string(size, 'b'), where, what};
  auto fate = tridem::create_task(fate_of(pool.submit<&handle>(std::move(bad))));
  for (int i = 4; i < 8; ++i) neighbours.push_back(tridem::create_task(pool.submit<&twice>(i)));
  const std::string kind = co_await std::move(fate);
  CHECK_MESSAGE(is_as_expected(kind, what), "place ", static_cast<int>(where), ", deed ",
                static_cast<int>(what), ", size ", size, ": ", kind);
  for (int i = 0; i < 8; ++i) {
    const int value = co_await std::move(neighbours[static_cast<std::size_t>(i)]);
    CHECK(value == 2 * i);
  }
}

tridem::task<> all_cases(place where) {
  tridem::process_pool pool{{.workers = 2}};
  for (const std::size_t size : all_sizes) {
    for (const deed what : all_deeds) co_await one_case(pool, where, what, size);
  }
  CHECK(co_await pool.submit<&twice>(21) == 42);
  co_await pool.shutdown();
}

}  // namespace

TRIDEM_TEST("process_deadlock: an error while the arguments are encoded") {
  tridem::process_pool pool{{.workers = 2}};
  for (const std::size_t size : all_sizes) {
    co_await one_case(pool, place::task_write, deed::error, size);
  }
  CHECK(pool.stats().started_workers <= 2);
}

TRIDEM_TEST("process_deadlock: everything while the arguments are decoded") {
  co_await all_cases(place::task_read);
}

TRIDEM_TEST("process_deadlock: everything while the function runs") {
  co_await all_cases(place::run);
}

TRIDEM_TEST("process_deadlock: everything while the result is encoded") {
  co_await all_cases(place::result_write);
}

TRIDEM_TEST("process_deadlock: an error while the result is decoded") {
  tridem::process_pool pool{{.workers = 2}};
  for (const std::size_t size : all_sizes) {
    co_await one_case(pool, place::result_read, deed::error, size);
  }
  CHECK(pool.stats().started_workers <= 2);
}

TRIDEM_TEST("process_deadlock: a worker that ends after its result has still given it") {
  tridem::process_pool pool{{.workers = 1}};
  for (const std::size_t size : all_sizes) {
    for (const deed what : all_deeds) {
      if (what == deed::error) continue;
      const std::string bulk(size, 'x');
      const std::size_t seen = co_await pool.submit<&leave_later>(bulk, farewell(what));
      CHECK(seen == size);
      CHECK(co_await pool.submit<&twice>(4) == 8);
    }
  }
  CHECK(pool.stats().crashed == 0);
}

TEST_CASE("process_deadlock: a parent that ends while it encodes or decodes leaves nobody") {
  for (const place where : {place::task_write, place::result_read}) {
    for (const deed what : {deed::abort, deed::exit_1, deed::kill, deed::segv}) {
      const int status = in_a_child(
          [&](int) {
            tridem::run([](place here, deed bad) -> tridem::task<> {
              tridem::process_pool pool{{.workers = 2}};
              co_await pool.submit<&twice>(1);
              parcel sent{std::string(1'000'000, 'b'), here, bad};
              (void)co_await pool.submit<&handle>(std::move(sent));
            }(where, what));
          },
          [](pid_t, int words) { wait_for_word(words, 'y'); });
      CHECK(status != 0);
    }
  }
}

TRIDEM_TEST("process_deadlock: shutdown right after a call that ends its worker") {
  using tridem::shutdown_mode;
  for (const auto mode : {shutdown_mode::drain, shutdown_mode::cancel, shutdown_mode::kill}) {
    for (const place where : {place::task_write, place::task_read, place::run, place::result_write,
                              place::result_read}) {
      const bool in_parent = where == place::task_write || where == place::result_read;
      tridem::process_pool pool{{.workers = 1, .grace = 50ms}};
      parcel bad{"", where, in_parent ? deed::error : deed::segv};
      auto first = tridem::create_task(fate_of(pool.submit<&handle>(std::move(bad))));
      auto second = tridem::create_task(fate_of(pool.submit<&twice>(1)));
      co_await tridem::yield();
      co_await pool.shutdown(mode);
      const std::string one = co_await std::move(first);
      const std::string other = co_await std::move(second);
      const bool drained = mode == shutdown_mode::drain;
      CHECK(
          (one == "closed" ? !drained : is_as_expected(one, in_parent ? deed::error : deed::segv)));
      CHECK((other == "value" || (!drained && other == "closed")));
    }
  }
}

// gh-94777: the writer of a large argument waited for ever for a reader that had died.
TRIDEM_TEST("process_deadlock: a worker that ends before it has read a very large argument") {
  tridem::process_pool pool{{.workers = 1}};
  for (const deed what : {deed::kill, deed::exit_1}) {
    parcel bad{std::string(std::size_t{128} << 20, 'b'), place::task_read, what};
    const std::string kind = co_await fate_of(pool.submit<&handle>(std::move(bad)));
    CHECK(kind == expected_of(what));
  }
  CHECK(co_await pool.submit<&twice>(21) == 42);
}

namespace {

tridem::task<int> sum_of(tridem::process_pool& pool, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await pool.submit<&twice>(i);
  co_return sum;
}

/// Has `count` calls made by each of `threads` threads, from outside of the loop.
tridem::task<> calls_from_threads(int threads, int count) {
  tridem::process_pool pool{{.workers = 2}};
  tridem::event_loop& loop = tridem::event_loop::current();
  tridem::event all_done;
  std::vector<std::thread> callers;
  std::atomic<int> left{threads};
  for (int i = 0; i < threads; ++i) {
    callers.emplace_back([&] {
      std::vector<std::future<int>> results;
      for (int part = 0; part < 10; ++part) {
        results.push_back(tridem::run_coroutine_threadsafe(loop, sum_of(pool, count / 10)));
      }
      for (auto& result : results) CHECK(result.get() == (count / 10) * (count / 10 - 1));
      if (left.fetch_sub(1) == 1) loop.call_soon_threadsafe([&] { all_done.set(); });
    });
  }
  co_await all_done.wait();
  for (std::thread& caller : callers) caller.join();
  CHECK(pool.stats().completed == static_cast<std::uint64_t>(threads * count));
}

}  // namespace

// gh-105829: many calls from many threads filled the pipe that was to wake the pool up.
TRIDEM_TEST("process_deadlock: many calls from many threads") {
  co_await calls_from_threads(8, 2000);
}
