// SPDX-License-Identifier: MIT
// The stack of an error goes on across processes and threads.
#include "tests/support/async_test.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/thread_pool.hpp>
#include <tridem/pool/to_thread.hpp>
#include <tridem/runtime/async_stack.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <stdexcept>
#include <string>
#include <vector>

// Not in an anonymous namespace, and not inlined: they are looked for by name.
namespace stack_jobs {

[[gnu::noinline]] int pixel_at(const std::vector<int>& image, unsigned at) {
  const int value = image.at(at);
  asm volatile("" ::"r"(value));  // so that the call above is not the last act
  return value;
}
[[gnu::noinline]] int resize(int size) {
  const std::vector<int> image(4);
  return pixel_at(image, static_cast<unsigned>(size)) + 1;
}

tridem::task<int> waits_and_throws() {
  co_await tridem::yield();
  throw std::runtime_error("in a loop of the worker");
  co_return 0;
}
int runs_a_loop(int) {
  return tridem::run(waits_and_throws());
}

}  // namespace stack_jobs

namespace tridem {
namespace {

template <class A>
task<> caller(A call) {
  co_await std::move(call);
}
template <class A>
task<std::exception_ptr> error_of(A call) {
  try {
    co_await caller(std::move(call));
  } catch (...) {
    co_return std::current_exception();
  }
  co_return nullptr;
}

bool follow(const std::string& text, const std::vector<std::string>& words) {
  std::size_t at = 0;
  for (const std::string& word : words) {
    at = text.find(word, at);
    if (at == text.npos) return false;
    at += word.size();
  }
  return true;
}

TRIDEM_TEST("the native stack of a throw in a worker, the job, and the awaits of the caller") {
  process_pool pool({.workers = 1});
  const std::exception_ptr error = co_await error_of(pool.submit<&stack_jobs::resize>(9));
  const std::string text = format_exception(error);
  CAPTURE(text);
  const async_stack stack = stack_of(error);
  REQUIRE(!stack.empty());
  const std::string worker = "in worker " + std::to_string(stack.front().pid()) + ": ";
  CHECK(stack.front().pid() != 0);
  const std::vector<std::string> words{"std::out_of_range: ",
                                       worker + "stack_jobs::pixel_at(std::vector<int",
                                       worker + "stack_jobs::resize(int)\n",
                                       worker + "job stack_jobs::resize\n",
                                       "at tridem::(anonymous namespace)::caller",
                                       "worker_stack_test.cpp:",
                                       "in task 'main'"};
  CHECK(follow(text, words));
  CHECK(text.find(": tridem::detail::") == text.npos);
  CHECK(text.find("__cxa_throw") == text.npos);
  co_await pool.shutdown();
}

TRIDEM_TEST("the async stack of a loop that a job runs crosses too") {
  process_pool pool({.workers = 1});
  const std::exception_ptr error = co_await error_of(pool.submit<&stack_jobs::runs_a_loop>(1));
  const std::string text = format_exception(error);
  CAPTURE(text);
  const std::vector<std::string> words{
      "std::runtime_error: in a loop of the worker",
      ": stack_jobs::waits_and_throws() (",
      ": in task 'main', created in stack_jobs::runs_a_loop(int) (",
      ": job stack_jobs::runs_a_loop\n",
      "caller",
      "error_of",
      "in task 'main'"};
  CHECK(follow(text, words));
  co_await pool.shutdown();
}

TRIDEM_TEST("the native stack of a throw on a thread, and the awaits of the caller") {
  thread_pool pool({.threads = 1});
  const std::exception_ptr error = co_await error_of(pool.submit(&stack_jobs::resize, 9));
  std::string text = format_exception(error);
  CAPTURE(text);
  const std::vector<std::string> words{"std::out_of_range: ",
                                       "on a thread: stack_jobs::pixel_at(std::vector<int",
                                       "on a thread: stack_jobs::resize(int)\n",
                                       "caller",
                                       "error_of",
                                       "in task 'main'"};
  CHECK(follow(text, words));
  CHECK(text.find("resize(int)") == text.rfind("resize(int)"));

  auto job = [](int size) { return stack_jobs::resize(size); };
  const std::exception_ptr of_lambda = co_await error_of(to_thread(job, 7));
  text = format_exception(of_lambda);
  const std::vector<std::string> words_of_lambda{"on a thread: stack_jobs::pixel_at",
                                                 "on a thread: stack_jobs::resize(int)\n",
                                                 "on a thread: job ",
                                                 "caller",
                                                 "error_of",
                                                 "in task 'main'"};
  CHECK(follow(text, words_of_lambda));
  co_await pool.shutdown();
}

}  // namespace
}  // namespace tridem
