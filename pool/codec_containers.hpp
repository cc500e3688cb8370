// SPDX-License-Identifier: MIT
// The codecs of strings, sequences, sets and maps: a count, then the elements.
#pragma once

#include <tridem/pool/codec_basic.hpp>
#include <tridem/pool/detail/plain_copy.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tridem {

namespace detail {

/// How many elements to reserve for at once: a lying count must not make us allocate much more
/// memory than the message has bytes.
template <class T>
constexpr std::size_t cautious_reserve(std::size_t count) {
  return std::min<std::size_t>(count, 4096 / sizeof(T) + 64);
}

/// Elements that go out and come in one by one, at the end of `Container`.
template <class Container>
struct sequence_codec {
  using element = typename Container::value_type;

  static void write(message_writer& out, const Container& values) {
    out.length(values.size());
    for (const element& value : values) encode<element>(out, value);
  }
  static Container read(message_reader& in) {
    const message_reader::nesting level(in);
    const std::size_t count = in.length();
    Container values;
    if constexpr (requires { values.reserve(count); }) {
      values.reserve(cautious_reserve<element>(count));
    }
    for (std::size_t i = 0; i < count; ++i) values.push_back(decode<element>(in));
    return values;
  }
};

/// Keys, or keys with their values, each at most as often as `Container` allows.
template <class Container>
struct associative_codec {
  static void write(message_writer& out, const Container& values) {
    out.length(values.size());
    for (const auto& entry : values) {
      if constexpr (requires { typename Container::mapped_type; }) {
        encode(out, entry.first);
        encode(out, entry.second);
      } else {
        encode(out, entry);
      }
    }
  }
  static Container read(message_reader& in) {
    const message_reader::nesting level(in);
    const std::size_t count = in.length();
    Container values;
    for (std::size_t i = 0; i < count; ++i) {
      auto key = decode<typename Container::key_type>(in);
      if constexpr (requires { typename Container::mapped_type; }) {
        auto value = decode<typename Container::mapped_type>(in);
        values.emplace(std::move(key), std::move(value));
      } else {
        values.insert(std::move(key));
      }
    }
    if (values.size() != count) in.fail("the same key twice, where keys are unique");
    return values;
  }
};

}  // namespace detail

/// Strings of any character type, copied at once.
template <class Char, class Traits, class Allocator>
  requires detail::plain_bits<Char>
struct codec<std::basic_string<Char, Traits, Allocator>> {
  using string = std::basic_string<Char, Traits, Allocator>;
  static void write(message_writer& out, const string& value) noexcept {
    out.length(value.size());
    out.bytes(value.data(), value.size() * sizeof(Char));
  }
  static string read(message_reader& in) {
    const std::size_t count = in.length(sizeof(Char));
    return detail::plain_copy<string>(in.view(count * sizeof(Char)));
  }
};

/// Vectors; those of numbers, enums and bytes are copied at once.
template <class T, class Allocator>
struct codec<std::vector<T, Allocator>> {
  using vector = std::vector<T, Allocator>;
  static void write(message_writer& out, const vector& values) {
    if constexpr (detail::plain_bits<T>) {
      out.length(values.size());
      out.bytes(values.data(), values.size() * sizeof(T));
    } else {
      detail::sequence_codec<vector>::write(out, values);
    }
  }
  static vector read(message_reader& in) {
    if constexpr (detail::plain_bits<T>) {
      const std::size_t count = in.length(sizeof(T));
      return detail::plain_copy<vector>(in.view(count * sizeof(T)));
    } else {
      return detail::sequence_codec<vector>::read(in);
    }
  }
};

template <class T, class Allocator>
struct codec<std::deque<T, Allocator>> : detail::sequence_codec<std::deque<T, Allocator>> {};

template <class T, class Allocator>
struct codec<std::list<T, Allocator>> : detail::sequence_codec<std::list<T, Allocator>> {};

/// Arrays need no count.
template <class T, std::size_t Size>
struct codec<std::array<T, Size>> {
  static void write(message_writer& out, const std::array<T, Size>& values) {
    if constexpr (Size == 0) {
      encode(out, std::monostate());
    } else if constexpr (detail::plain_bits<T>) {
      out.bytes(values.data(), sizeof(T) * Size);
    } else {
      for (const T& value : values) encode(out, value);
    }
  }
  static std::array<T, Size> read(message_reader& in) {
    const message_reader::nesting level(in);
    if constexpr (Size == 0) {
      (void)decode<std::monostate>(in);
      return {};
    } else if constexpr (detail::plain_bits<T>) {
      std::array<T, Size> values;
      in.bytes(values.data(), sizeof(T) * Size);
      return values;
    } else {
      return read_each(in, std::make_index_sequence<Size>());
    }
  }

 private:
  // Braces evaluate from left to right, and need no default constructor.
  template <std::size_t... Index>
  static std::array<T, Size> read_each(message_reader& in, std::index_sequence<Index...>) {
    return {((void)Index, decode<T>(in))...};
  }
};

template <class K, class C, class A>
struct codec<std::set<K, C, A>> : detail::associative_codec<std::set<K, C, A>> {};
template <class K, class C, class A>
struct codec<std::multiset<K, C, A>> : detail::associative_codec<std::multiset<K, C, A>> {};
template <class K, class V, class C, class A>
struct codec<std::map<K, V, C, A>> : detail::associative_codec<std::map<K, V, C, A>> {};
template <class K, class V, class C, class A>
struct codec<std::multimap<K, V, C, A>> : detail::associative_codec<std::multimap<K, V, C, A>> {};
template <class K, class H, class E, class A>
struct codec<std::unordered_set<K, H, E, A>>
    : detail::associative_codec<std::unordered_set<K, H, E, A>> {};
template <class K, class H, class E, class A>
struct codec<std::unordered_multiset<K, H, E, A>>
    : detail::associative_codec<std::unordered_multiset<K, H, E, A>> {};
template <class K, class V, class H, class E, class A>
struct codec<std::unordered_map<K, V, H, E, A>>
    : detail::associative_codec<std::unordered_map<K, V, H, E, A>> {};
template <class K, class V, class H, class E, class A>
struct codec<std::unordered_multimap<K, V, H, E, A>>
    : detail::associative_codec<std::unordered_multimap<K, V, H, E, A>> {};

}  // namespace tridem
