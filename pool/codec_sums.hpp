// SPDX-License-Identifier: MIT
// The codecs of pair, tuple, optional and variant.
#pragma once

#include <tridem/pool/codec_basic.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

namespace tridem {

template <class A, class B>
struct codec<std::pair<A, B>> {
  static void write(message_writer& out, const std::pair<A, B>& value) {
    encode(out, value.first);
    encode(out, value.second);
  }
  static std::pair<A, B> read(message_reader& in) {
    const message_reader::nesting level(in);
    // Braces evaluate from left to right.
    return std::pair<A, B>{decode<A>(in), decode<B>(in)};
  }
};

template <class... T>
struct codec<std::tuple<T...>> {
  static void write(message_writer& out, const std::tuple<T...>& value) {
    std::apply([&out](const T&... element) { (encode(out, element), ...); }, value);
  }
  static std::tuple<T...> read(message_reader& in) {
    const message_reader::nesting level(in);
    return std::tuple<T...>{decode<T>(in)...};
  }
};

template <>
struct codec<std::tuple<>> {
  static void write(message_writer& out, const std::tuple<>&) { encode(out, std::monostate()); }
  static std::tuple<> read(message_reader& in) {
    (void)decode<std::monostate>(in);
    return {};
  }
};

template <class T>
struct codec<std::optional<T>> {
  static void write(message_writer& out, const std::optional<T>& value) {
    encode(out, value.has_value());
    if (value) encode(out, *value);
  }
  static std::optional<T> read(message_reader& in) {
    const message_reader::nesting level(in);
    if (!decode<bool>(in)) return std::nullopt;
    return decode<T>(in);
  }
};

/// The number of the alternative, then its value. A variant that lost its value stays without one.
template <class... T>
struct codec<std::variant<T...>> {
  using variant = std::variant<T...>;

  static void write(message_writer& out, const variant& value) {
    if (value.valueless_by_exception()) throw std::bad_variant_access();
    out.length(value.index());
    std::visit([&out](const auto& alternative) { encode(out, alternative); }, value);
  }
  static variant read(message_reader& in) {
    const message_reader::nesting level(in);
    const auto index = in.number();
    if (index >= sizeof...(T))
      in.fail("alternative " + std::to_string(index) + " of a variant of " +
              std::to_string(sizeof...(T)));
    return read_alternative<0>(in, index);
  }

 private:
  template <std::size_t Index>
  static variant read_alternative(message_reader& in, std::uint64_t wanted) {
    if constexpr (Index + 1 < sizeof...(T)) {
      if (wanted != Index) return read_alternative<Index + 1>(in, wanted);
    }
    using alternative = std::variant_alternative_t<Index, variant>;
    return variant(std::in_place_index<Index>, decode<alternative>(in));
  }
};

}  // namespace tridem
