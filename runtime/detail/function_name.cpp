// SPDX-License-Identifier: MIT
// Takes the spellings of g++ and clang apart, as far as a reader needs it.
#include <tridem/runtime/detail/function_name.hpp>
#include <tridem/runtime/detail/symbols.hpp>

#include <algorithm>
#include <cstddef>

namespace tridem::detail {
namespace {

bool is_in_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$';
}

// g++ names the body of a coroutine "void leaf(leaf()::_Z4leafv.Frame*)": what is wanted is inside.
// Template arguments may have such names too, so it is the last.
std::string_view coroutine_behind(std::string_view name) {
  static constexpr std::string_view last = ".Frame*)";
  if (!name.ends_with(last)) return {};
  const std::size_t end = name.size() - last.size();
  std::size_t begin = end;
  while (begin > 0 && is_in_identifier(name[begin - 1])) --begin;
  return name.substr(begin, end - begin);
}

// Where the name begins and its parameters do: behind the return type, which is a matter of blanks
// and parentheses that stand in no brackets.
struct parts {
  std::size_t name = 0;
  std::size_t parameters = std::string_view::npos;
};

parts take_apart(std::string_view text) {
  static constexpr std::string_view nameless = "(anonymous";
  parts found;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' && depth == 0 && !text.substr(i).starts_with(nameless) &&
        !text.substr(0, i).ends_with("operator")) {
      found.parameters = i;
      return found;
    }
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
    if (c == ' ' && depth == 0 && !text.substr(0, i).ends_with("operator")) found.name = i + 1;
  }
  return found;
}

}  // namespace

std::string readable_function(std::string_view name) {
  const std::string_view inside = coroutine_behind(name);
  const std::string whole = inside.starts_with("_Z") ? readable_symbol(inside) : std::string(name);
  const parts found = take_apart(whole);
  // Template arguments: "f(T) [with T = int]" for g++, "f(T) [T = int]" for clang.
  const std::size_t end = whole.find(" [", std::min(found.parameters, whole.size()));
  return whole.substr(found.name, std::min(end, whole.size()) - found.name);
}

std::string library_name(std::string_view readable, std::string_view file) {
  if (!readable.starts_with("tridem::detail::")) return {};
  file.remove_prefix(file.rfind('/') + 1);
  return "tridem::" + std::string(file.substr(0, file.find('.')));
}

bool is_plumbing(std::string_view readable) {
  for (const std::string_view known :
       {"tridem::detail::", "std::__invoke", "std::invoke", "std::apply", "std::__apply",
        "decltype(auto) std::", "libstdc++.so"}) {
    if (readable.starts_with(known)) return true;
  }
  return false;
}

}  // namespace tridem::detail
