// SPDX-License-Identifier: MIT
// codec<T> itself, its compile-time refusals, and the codecs of numbers, enums, times and paths.
#pragma once

#include <tridem/pool/message_reader.hpp>
#include <tridem/pool/message_writer.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace tridem {

namespace detail {

template <class T>
inline constexpr bool dependent_false = false;

template <class T>
concept smart_pointer = requires(const T& pointer) {
  typename T::element_type;
  { pointer.get() } -> std::convertible_to<const volatile void*>;
  { static_cast<bool>(pointer) };
} && !requires(const T& container) { container.size(); };

template <class T>
concept callable_object = std::is_class_v<T> && requires { &T::operator(); };

/// The types whose object representation is their whole value, whatever the bits are.
template <class T>
concept plain_bits = (std::is_arithmetic_v<T> && !std::same_as<T, bool>) || std::is_enum_v<T>;

}  // namespace detail

/// How a T crosses to another process. Specialise it for your own types; see codec.hpp.
///
/// `write(message_writer&, const T&)` must write the same bytes each time it is called with the
/// same value, and `read(message_reader&)` must take exactly those bytes.
template <class T>
struct codec {
  static_assert(!std::is_reference_v<T>,
                "tridem: a reference cannot cross to another process; pass the value");
  static_assert(!std::is_pointer_v<T> && !std::is_member_pointer_v<T>,
                "tridem: a pointer cannot cross to another process; its memory stays behind. Pass "
                "the value, a std::string or std::vector, or a tridem::shared_memory");
  static_assert(!detail::smart_pointer<T>,
                "tridem: a smart pointer cannot cross to another process; pass the value, or "
                "std::optional of it");
  static_assert(!detail::callable_object<T>,
                "tridem: a callable cannot cross to another process; name a function at compile "
                "time with submit<&function>(arguments...)");
  static_assert(!std::is_array_v<T>,
                "tridem: a C array cannot cross to another process; use std::array");
  static_assert(std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_reference_v<T> ||
                    detail::smart_pointer<T> || detail::callable_object<T> || std::is_array_v<T> ||
                    detail::dependent_false<T>,
                "tridem: this type has no codec, so it cannot cross to another process; "
                "specialise tridem::codec for it (pool/codec.hpp shows how), or pass an aggregate");
};

/// Appends a value to a message.
template <class T>
void encode(message_writer& out, const T& value) {
  codec<T>::write(out, value);
}

/// Takes a value out of a message. Errors: malformed_message.
template <class T>
[[nodiscard]] T decode(message_reader& in) {
  return codec<T>::read(in);
}

template <class T>
  requires detail::plain_bits<T>
struct codec<T> {
  static void write(message_writer& out, const T& value) noexcept { out.value(value); }
  static T read(message_reader& in) { return in.value<T>(); }
};

// The padding of a long double is not part of its value and would leak bytes of the stack.
template <>
struct codec<long double> {
  static void write(message_writer& out, const long double& value) noexcept {
    std::byte image[sizeof(long double)] = {};
    std::memcpy(image, &value, std::min<std::size_t>(sizeof(value), significant));
    out.bytes(image, sizeof(image));
  }
  static long double read(message_reader& in) { return in.value<long double>(); }

 private:
#if defined(__x86_64__) || defined(__i386__)
  static constexpr std::size_t significant = 10;
#else
  static constexpr std::size_t significant = sizeof(long double);
#endif
};

template <>
struct codec<bool> {
  static void write(message_writer& out, bool value) noexcept {
    out.value(static_cast<unsigned char>(value));
  }
  static bool read(message_reader& in) {
    const auto bits = in.value<unsigned char>();
    if (bits > 1) in.fail("a bool that is neither true nor false");
    return bits == 1;
  }
};

// One byte, so that a count of empty values is bounded by the size of the message like any other.
template <>
struct codec<std::monostate> {
  static void write(message_writer& out, std::monostate) noexcept { out.value('\0'); }
  static std::monostate read(message_reader& in) {
    if (in.value<char>() != '\0') in.fail("an empty value that is not empty");
    return {};
  }
};

template <class Rep, class Period>
struct codec<std::chrono::duration<Rep, Period>> {
  using duration = std::chrono::duration<Rep, Period>;
  static void write(message_writer& out, const duration& value) { encode(out, value.count()); }
  static duration read(message_reader& in) { return duration(decode<Rep>(in)); }
};

/// Clocks are shared by all processes of a machine, so points in time keep their meaning.
template <class Clock, class Duration>
struct codec<std::chrono::time_point<Clock, Duration>> {
  using time_point = std::chrono::time_point<Clock, Duration>;
  static void write(message_writer& out, const time_point& value) {
    encode(out, value.time_since_epoch());
  }
  static time_point read(message_reader& in) { return time_point(decode<Duration>(in)); }
};

template <>
struct codec<std::filesystem::path> {
  static void write(message_writer& out, const std::filesystem::path& value) {
    out.length(value.native().size());
    out.bytes(value.native().data(), value.native().size());
  }
  static std::filesystem::path read(message_reader& in) {
    const auto bytes = in.view(in.length());
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
};

}  // namespace tridem
