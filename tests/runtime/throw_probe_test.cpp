// SPDX-License-Identifier: MIT
// A handler that is asked sees the native stack of the throw, and nothing else changes.
#include <tridem/runtime/detail/symbols.hpp>
#include <tridem/runtime/detail/throw_probe.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tridem {
namespace {

using detail::throw_probe;
using detail::throw_watch;

[[gnu::noinline]] int throws(int depth) {
  if (depth == 0) throw std::runtime_error("deep");
  const int value = throws(depth - 1);
  asm volatile("" ::"r"(value));  // not a tail call
  return value;
}
[[gnu::noinline]] int throws_out_of_range(const std::vector<int>& empty) {
  const int value = empty.at(3);
  asm volatile("" ::"r"(value));
  return value;
}
[[gnu::noinline]] int catches_and_throws_again() {
  try {
    return throws(0) + 1;
  } catch (...) {
    throw;
  }
}
[[gnu::noinline]] int catches() {
  try {
    return throws(2);
  } catch (const std::runtime_error&) {
    return 7;
  }
}

/// The functions between the throw of `f` and here, one a line; what it threw.
template <class F>
[[gnu::noinline]] std::pair<std::string, std::string> watched(F f) {
  throw_watch watch;
  try {
    f();
  } catch (const throw_probe&) {
    return {"", "a probe was caught"};
  } catch (const std::exception& error) {
    std::string functions;
    for (const void* call : watch.calls()) {
      functions += detail::function_at(static_cast<const char*>(call) - 1) + "\n";
    }
    return {functions, error.what()};
  }
  return {"", ""};
}

TEST_CASE("the functions from the throw to the handler") {
  const auto [functions, text] = watched([] { throws(3); });
  CAPTURE(functions);
  CHECK(text == "deep");
  std::size_t found = 0;
  for (std::size_t at = 0; (at = functions.find("throws(int)", at)) != functions.npos; ++at)
    ++found;
  CHECK(found == 4);
  CHECK(functions.find("__cxa_throw") == functions.npos);
  CHECK(functions.find("_Unwind") == functions.npos);
  CHECK(functions.find("DOCTEST_ANON_FUNC_2()\n") ==
        functions.npos);  // who called the one that catches
}

TEST_CASE("a throw out of the standard library") {
  const std::vector<int> empty;
  const auto [functions, text] = watched([&] { throws_out_of_range(empty); });
  CAPTURE(functions);
  CHECK(functions.find("throws_out_of_range") != functions.npos);
}

TEST_CASE("what is thrown again is seen from there") {
  const auto [functions, text] = watched([] { catches_and_throws_again(); });
  CAPTURE(functions);
  CHECK(text == "deep");
  CHECK(functions.find("catches_and_throws_again()") != functions.npos);
  CHECK(functions.find("throws(int)") == functions.npos);
}

TEST_CASE("what is caught below is not seen") {
  int value = 0;
  const auto [functions, text] = watched([&] { value = catches(); });
  CHECK(value == 7);
  CHECK(functions.empty());
}

TEST_CASE("without a watch, a probe only lets pass") {
  std::string text;
  try {
    throws(1);
  } catch (const throw_probe&) {
    text = "probe";
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  CHECK(text == "deep");
}

TEST_CASE("watches nest, and each thread has its own") {
  const auto [functions, text] = watched([] {
    const auto [inner, inner_text] = watched([] { throws(0); });
    CHECK(inner_text == "deep");
    catches_and_throws_again();
  });
  CHECK(functions.find("catches_and_throws_again()") != functions.npos);
  std::vector<std::string> seen(4);
  std::vector<std::jthread> threads;
  for (std::string& one : seen) {
    threads.emplace_back([&one] {
      for (int i = 0; i < 100; ++i) one = watched([] { throws(1); }).first;
    });
  }
  threads.clear();
  for (const std::string& one : seen) CHECK(one.find("throws(int)") != one.npos);
}

TEST_CASE("a deep stack is cut, not overrun") {
  const auto [functions, text] = watched([] { throws(500); });
  CHECK(text == "deep");
  CHECK(functions.find("throws(int)") == functions.find("tridem::(anonymous") +
                                             std::string("tridem::(anonymous namespace)::").size());
}

}  // namespace
}  // namespace tridem
