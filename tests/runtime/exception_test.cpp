// SPDX-License-Identifier: MIT
// What exceptions carry here: notes, and the places of the awaits.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <source_location>
#include <stdexcept>
#include <string>

namespace tridem {
namespace {

TEST_CASE("notes are kept beside an exception, in order") {
  std::exception_ptr error;
  try {
    try {
      throw std::runtime_error("text");
    } catch (...) {
      add_note("first");
      add_note("second");
      throw;
    }
  } catch (...) {
    error = std::current_exception();
  }
  CHECK(notes(error) == std::vector<std::string>{"first", "second"});
  const std::string text = format_exception(error);
  CHECK(text.find("std::runtime_error: text") != std::string::npos);
  CHECK(text.find("note: first") != std::string::npos);
  CHECK(text.find("note: second") != std::string::npos);
}

TEST_CASE("without an exception there is nothing to note") {
  add_note("lost");
  CHECK(notes(nullptr).empty());
  CHECK(stack_of(nullptr).empty());
  CHECK(format_exception(nullptr) == "no exception");
}

TEST_CASE("what is not a std::exception is described by its type") {
  const std::string text = format_exception(std::make_exception_ptr(3));
  CHECK(text.find("int") != std::string::npos);
}

std::uint_least32_t leaf_line = 0;
std::uint_least32_t middle_line = 0;

task<> leaf() {
  leaf_line = std::source_location::current().line() + 1;
  co_await yield();
  throw std::runtime_error("deep");
}
task<> middle() {
  middle_line = std::source_location::current().line() + 1;
  co_await leaf();
}

task<std::exception_ptr> catch_error(task<> body) {
  try {
    co_await std::move(body);
  } catch (...) {
    co_return std::current_exception();
  }
  co_return nullptr;
}

TRIDEM_TEST("the async stack names file and line of every await, innermost first") {
  const std::exception_ptr error = co_await catch_error(middle());
  const async_stack stack = stack_of(error);
  REQUIRE(stack.size() >= 3);
  CHECK(stack[0].line() == leaf_line);
  CHECK(stack[1].line() == middle_line);
  CHECK(std::string(stack[0].file_name()).find("exception_test.cpp") != std::string::npos);
  const std::string text = format_exception(error);
  CHECK(text.find("leaf") != std::string::npos);
  CHECK(text.find("middle") != std::string::npos);
  CHECK(text.find("exception_test.cpp:" + std::to_string(leaf_line)) != std::string::npos);
}

TRIDEM_TEST("the stack goes through gather, up to the root of the task") {
  auto gathering = []() -> task<> { co_await gather(middle(), leaf()); };
  const std::exception_ptr error = co_await catch_error(gathering());
  const async_stack stack = stack_of(error);
  CHECK(stack.size() >= 3);
}

TRIDEM_TEST("rethrowing keeps the first stack") {
  auto rethrow = []() -> task<> {
    std::exception_ptr kept;
    try {
      co_await leaf();
    } catch (...) {
      kept = std::current_exception();
    }
    co_await yield();
    std::rethrow_exception(kept);
  };
  const std::exception_ptr error = co_await catch_error(rethrow());
  const async_stack stack = stack_of(error);
  REQUIRE(!stack.empty());
  CHECK(stack[0].line() == leaf_line);
}

}  // namespace
}  // namespace tridem
