// SPDX-License-Identifier: MIT
#include <tridem/runtime/exception_group.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

template <class E>
std::exception_ptr make(const char* text) {
  return std::make_exception_ptr(E(text));
}

tridem::exception_group nested_group() {
  tridem::exception_group inner("inner",
                                {make<std::out_of_range>("b"), make<std::runtime_error>("c")});
  return {"outer", {make<std::runtime_error>("a"), std::make_exception_ptr(inner)}};
}

TEST_CASE("the text names every error, indented where groups nest") {
  const std::string text = nested_group().what();
  CHECK(text.find("outer (2 errors)") == 0);
  CHECK(text.find("\n  - std::runtime_error: a") != std::string::npos);
  CHECK(text.find("inner (2 errors)") != std::string::npos);
  CHECK(text.find("\n      - std::out_of_range: b") != std::string::npos);
}

TEST_CASE("split keeps the shape of both halves") {
  auto [matching, rest] = nested_group().split<std::logic_error>();
  REQUIRE(matching.exceptions().size() == 1);
  CHECK_THROWS_AS(std::rethrow_exception(matching.exceptions()[0]), tridem::exception_group);
  CHECK(rest.exceptions().size() == 2);
  auto [none, all] = nested_group().split<std::bad_alloc>();
  CHECK(none.empty());
  CHECK(all.exceptions().size() == 2);
}

TEST_CASE("handle deals with one type at any depth, and what is left can be thrown on") {
  tridem::exception_group group = nested_group();
  std::vector<std::string> texts;
  auto note = [&](const std::exception& error) { texts.emplace_back(error.what()); };
  CHECK(group.handle<std::runtime_error>(note) == 2);
  CHECK(texts == std::vector<std::string>{"a", "c"});
  CHECK_THROWS_AS(group.rethrow_if_any(), tridem::exception_group);
  CHECK(group.handle<std::logic_error>(note) == 1);
  CHECK(group.empty());
  CHECK_NOTHROW(group.rethrow_if_any());
}

TEST_CASE("the group itself can be asked for as std::exception: its parts are visited") {
  tridem::exception_group group = nested_group();
  int count = 0;
  CHECK(group.handle<std::exception>([&](const std::exception&) { ++count; }) == 3);
  CHECK(count == 3);
  CHECK(group.empty());
}

}  // namespace
