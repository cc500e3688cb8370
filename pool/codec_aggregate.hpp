// SPDX-License-Identifier: MIT
// The codec of aggregates: their fields in order, found by Boost.PFR without any declaration.
#pragma once

#include <tridem/pool/codec_basic.hpp>

#include <boost/pfr.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace tridem {

namespace detail {

/// Stands in the compiler's error when the member `Number` (from 0) of `Aggregate` cannot cross.
template <class Aggregate, std::size_t Number, class Member>
struct member_that_must_cross {
  static void write(message_writer& out, const Member& member) { encode(out, member); }
  static Member read(message_reader& in) { return decode<Member>(in); }
};

}  // namespace detail

/// Plain structs cross by themselves, as long as each of their fields does.
///
/// Base classes and C arrays as fields are beyond reflection in C++20: specialise codec<T> then.
template <class T>
  requires std::is_aggregate_v<T> && std::is_class_v<T>
struct codec<T> {
  static void write(message_writer& out, const T& value) {
    if constexpr (boost::pfr::tuple_size_v<T> == 0) {
      encode(out, std::monostate());
    } else {
      write_fields(out, value, std::make_index_sequence<boost::pfr::tuple_size_v<T>>());
    }
  }
  static T read(message_reader& in) {
    const message_reader::nesting level(in);
    if constexpr (boost::pfr::tuple_size_v<T> == 0) {
      (void)decode<std::monostate>(in);
      return T{};
    } else {
      return read_fields(in, std::make_index_sequence<boost::pfr::tuple_size_v<T>>());
    }
  }

 private:
  template <std::size_t Index>
  using member =
      detail::member_that_must_cross<T, Index,
                                     std::remove_cv_t<boost::pfr::tuple_element_t<Index, T>>>;

  template <std::size_t... Index>
  static void write_fields(message_writer& out, const T& value, std::index_sequence<Index...>) {
    (member<Index>::write(out, boost::pfr::get<Index>(value)), ...);
  }
  // Braces evaluate from left to right, and need no default constructor.
  template <std::size_t... Index>
  static T read_fields(message_reader& in, std::index_sequence<Index...>) {
    return T{member<Index>::read(in)...};
  }
};

}  // namespace tridem
