// SPDX-License-Identifier: MIT
// The name of an operation of Asio, for messages, out of the name of the type that starts it.
#pragma once

#include <string_view>

namespace tridem::detail {

/// The last name in a qualified one, without template arguments: "b" of "n::a<x::y>::b<z>". Empty
/// for what has no name, a lambda.
[[nodiscard]] constexpr std::string_view last_name(std::string_view type) noexcept {
  std::size_t begin = 0;
  std::size_t end = type.size();
  int depth = 0;
  for (std::size_t at = 0; at < type.size(); ++at) {
    const char c = type[at];
    if (c == '<' || c == '(' || c == '{') {
      if (depth++ == 0) end = at;
    } else if (c == '>' || c == ')' || c == '}') {
      --depth;
    } else if (c == ':' && depth == 0) {
      begin = at + 1;
      end = type.size();
    }
  }
  return type.substr(begin, end - begin);
}

/// What the compiler calls `T`, cut out of the signature of this function.
template <class T>
[[nodiscard]] constexpr auto name_of_type() noexcept {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("T = ") + 4);
  text.remove_suffix(1);
  return text;
}

/// "async_receive" when `Initiation` is what starts a receive of a basic_stream_socket.
template <class Initiation>
[[nodiscard]] constexpr std::string_view name_of_initiation() noexcept {
  std::string_view name = last_name(name_of_type<Initiation>());
  for (const std::string_view prefix : {"initiate_", "run_"}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  return name.empty() ? "an operation of Asio" : name;
}

}  // namespace tridem::detail
