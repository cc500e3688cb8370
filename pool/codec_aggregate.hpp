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

// An object that is declared and never made: pointers to its members are constants that carry their
// names, and compilers print them in the trace of an error. (Boost.PFR finds names by this, too.)
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif
template <class T>
struct stand_in {
  const T object;
};
template <class T>
extern const stand_in<T> stand_in_of;

/// The member `Index` of T, by what its error is to name it.
template <class T, std::size_t Index>
constexpr auto member_name() noexcept {
#if defined(__clang__) && __clang_major__ < 18
  return Index;  // No pointer to a part of an object may be a template argument there.
#else
  return &boost::pfr::get<Index>(stand_in_of<T>.object);
#endif
}
#ifdef __clang__
#pragma clang diagnostic pop
#endif

/// Stands in the compiler's error when a member cannot cross: of which aggregate, the member's name
/// (at the end of `Name`), and its type.
template <class Aggregate, auto Name, class Member>
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
      detail::member_that_must_cross<T, detail::member_name<T, Index>(),
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
