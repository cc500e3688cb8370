// SPDX-License-Identifier: MIT
// The spellings of both compilers end up as what stands in the source.
#include <tridem/runtime/detail/function_name.hpp>

#include <doctest/doctest.h>

#include <string>

namespace tridem {
namespace {

using detail::library_name;
using detail::readable_function;

TEST_CASE("names given by g++") {
  CHECK(readable_function("void ns::leaf(leaf(int)::_ZN2ns4leafEi.Frame*)") == "ns::leaf(int)");
  CHECK(readable_function("void main()::<lambda(int)>::operator()(main()::<lambda(int)>::"
                          "_ZZ4mainENKUliE_clEi.Frame*)") ==
        "main::{lambda(int)#1}::operator()(int) const");
  CHECK(readable_function("void f(f<g()::_Z1gv.Frame>::_Z1fv.Frame*)") == "f()");
  CHECK(readable_function("tridem::task<int> middle(int)") == "middle(int)");
  CHECK(readable_function("void with(F) [with F = g(g()::_Z1gv.Frame*)::<lambda(int)>]") ==
        "with(F)");
  CHECK(readable_function("int main()") == "main()");
}

TEST_CASE("names given by clang") {
  CHECK(readable_function("task<> ns::(anonymous namespace)::anon(int *)") ==
        "ns::(anonymous namespace)::anon(int *)");
  CHECK(readable_function("task<std::pair<int, long>> ns::S::member(int) const") ==
        "ns::S::member(int) const");
  CHECK(readable_function("auto main()::(anonymous class)::operator()(int) const") ==
        "main()::(anonymous class)::operator()(int) const");
  CHECK(readable_function("bool ns::operator<(const A &, const A &)") ==
        "ns::operator<(const A &, const A &)");
  CHECK(readable_function("ns::A::operator bool() const") == "ns::A::operator bool() const");
  CHECK(readable_function("task<T> ns::load(std::vector<T>) [T = int]") ==
        "ns::load(std::vector<T>)");
}

TEST_CASE("what is no function is left as it is") {
  CHECK(readable_function("") == "");
  CHECK(readable_function("x") == "x");
  CHECK(readable_function(".Frame*") == ".Frame*");
  CHECK(readable_function("f(") == "f(");
  CHECK(readable_function(">>>)))") == ">>>)))");
}

TEST_CASE("what the library has written is named after its header") {
  CHECK(library_name("tridem::detail::run_with_deadline<int>(...)", "/usr/include/wait_for.hpp") ==
        "tridem::wait_for");
  CHECK(library_name("tridem::detail::x()", "y") == "tridem::y");
  CHECK(library_name("mine::detail::x()", "y.hpp") == "");
  CHECK(library_name("f(tridem::detail::x)", "y.hpp") == "");
}

}  // namespace
}  // namespace tridem
