// SPDX-License-Identifier: MIT
// Code addresses get the names that stand in the source.
#include <tridem/runtime/detail/symbols.hpp>
#include <tridem/runtime/task.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <gnu/libc-version.h>
#include <string>
#include <thread>
#include <vector>

namespace tridem {
namespace {

using detail::function_at;
using detail::readable_symbol;

[[gnu::noinline]] const void* own_address() {
  return __builtin_extract_return_addr(__builtin_return_address(0));
}
[[gnu::noinline]] const void* static_function() {
  const void* inside = own_address();
  asm volatile("" : "+r"(inside));  // so that the call above is not the last act
  return inside;
}
task<int> coroutine_to_find(int value) {
  co_return value;
}
template <class T>
task<T> template_to_find(std::vector<T> values) {
  co_return values.front();
}

template <class T>
const void* code_of(task<T>& one) {
  const auto frame = one.release();
  const void* code = *static_cast<const void* const*>(frame.address());
  frame.destroy();
  return code;
}

int data_without_code = 0;

TEST_CASE("a static function of the executable is found") {
  CHECK(function_at(static_function()).find("static_function()") != std::string::npos);
}

TEST_CASE("an exported function of a library is found") {
  CHECK(function_at(reinterpret_cast<const void*>(&::gnu_get_libc_version)) ==
        "gnu_get_libc_version");
}

TEST_CASE("a coroutine has the name under which it was written") {
  task<int> plain = coroutine_to_find(1);
  CHECK(function_at(code_of(plain)) == "tridem::(anonymous namespace)::coroutine_to_find(int)");
  std::vector<int> values{1};
  task<int> made = template_to_find(values);
  const std::string name = function_at(code_of(made));
  CHECK(name.find("template_to_find<int>") != std::string::npos);
  CHECK(name.find("Frame") == std::string::npos);
  auto lambda = [](int value) -> task<int> { co_return value; };
  task<int> from_lambda = lambda(1);
  CHECK(function_at(code_of(from_lambda)).find("operator()(int) const") != std::string::npos);
}

TEST_CASE("names of compilers become readable") {
  CHECK(readable_symbol("_ZN2ns4leafEi") == "ns::leaf(int)");
  CHECK(readable_symbol("_ZN2ns4leafEi.resume") == "ns::leaf(int)");
  CHECK(readable_symbol("_ZN2ns4leafEi.cold") == "ns::leaf(int)");
  CHECK(readable_symbol("_ZN2ns4leafEPZNS_4leafEiE19_ZN2ns4leafEi.Frame.actor") == "ns::leaf(int)");
  CHECK(readable_symbol("_ZN2ns1S6memberEPZNKS0_6memberEiE24_ZNK2ns1S6memberEi.Frame.actor.cold") ==
        "ns::S::member(int) const");
  CHECK(readable_symbol("_ZZ4mainENUliE_clEPZZ4mainENKS_clEiE26_ZZ4mainENKUliE_clEi.Frame.actor") ==
        "main::{lambda(int)#1}::operator()(int) const");
  CHECK(readable_symbol("_Z4loadRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEES6_") ==
        "load(std::string const&, std::string const&)");
  CHECK(readable_symbol("f") == "f");
  CHECK(detail::readable_type("f") == "float");
  CHECK(readable_symbol("main") == "main");
  CHECK(readable_symbol("main.cold") == "main");
  CHECK(readable_symbol("_Zwhat is this?") == "_Zwhat is this?");
  CHECK(readable_symbol("_Z1a.Frame") == "a");
  CHECK(readable_symbol(".Frame") == ".Frame");
  CHECK(readable_symbol("") == "");
}

TEST_CASE("what has no name is an offset in its object, or a number") {
  CHECK(function_at(&data_without_code).find("runtime_tests+0x") == 0);
  int on_the_stack = 0;
  CHECK(function_at(&on_the_stack).find("0x") == 0);
  CHECK(function_at(nullptr) == "0x0");
}

TEST_CASE("a native stack ends with the command that finds file and line") {
  const char* in_function = static_cast<const char*>(static_function()) + 1;
  const char* in_libc = reinterpret_cast<const char*>(&::gnu_get_libc_version) + 1;
  void* const calls[] = {const_cast<char*>(in_function), const_cast<char*>(in_libc),
                         const_cast<char*>(in_function), nullptr};
  const std::string text = detail::format_native_stack(calls);
  CAPTURE(text);
  CHECK(text.find("    at tridem::(anonymous namespace)::static_function() (runtime_tests+0x") ==
        0);
  CHECK(text.find("addr2line -Cfipe /") != std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);  // four calls, two objects
  CHECK(detail::format_native_stack({}).empty());
}

TEST_CASE("many threads ask at once") {
  const void* code = static_function();
  const std::string expected = function_at(code);
  std::array<int, 4> same{};
  std::vector<std::jthread> askers;
  for (int& count : same) {
    askers.emplace_back([&count, &expected, code] {
      for (int i = 0; i < 1000; ++i) {
        const char* other = static_cast<const char*>(code) + i;
        (void)function_at(other);
        if (function_at(code) == expected) ++count;
      }
    });
  }
  askers.clear();
  for (const int count : same) CHECK(count == 1000);
}

}  // namespace
}  // namespace tridem
