// SPDX-License-Identifier: MIT
// The codecs of views: a worker reads std::span and std::string_view in place, without a copy.
#pragma once

#include <tridem/pool/codec_basic.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace tridem {

/// A parameter `std::span<const T>` of a job points into the message, aligned for T.
///
/// It is valid until the job returns. A job cannot return one: nothing would own its elements.
template <class T, std::size_t Extent>
struct codec<std::span<T, Extent>> {
  using element = std::remove_const_t<T>;
  static_assert(
      std::is_const_v<T>,
      "tridem: a span crosses to another process only as std::span<const T>; what the "
      "other side writes into it would be lost. Use tridem::shared_array to share memory");
  static_assert(detail::plain_bits<element>,
                "tridem: a span crosses to another process only if its elements are numbers, "
                "enums or bytes; use std::vector for others");

  static void write(message_writer& out, const std::span<T, Extent>& values) noexcept {
    out.length(values.size());
    out.align(alignof(T));
    out.bytes(values.data(), values.size_bytes());
  }
  static std::span<T, Extent> read(message_reader& in) {
    in.expect_views_allowed();
    const std::size_t count = in.length(sizeof(T));
    in.align(alignof(T));
    if (count > in.remaining() / sizeof(T)) in.fail("a span that is longer than the message");
    if constexpr (Extent != std::dynamic_extent) {
      if (count != Extent)
        in.fail("a span of " + std::to_string(count) + " elements instead of " +
                std::to_string(Extent));
    }
    const auto bytes = in.view(count * sizeof(T));
    return std::span<T, Extent>(reinterpret_cast<T*>(bytes.data()), count);
  }
};

/// A parameter `std::string_view` of a job points into the message, until the job returns.
template <class Char, class Traits>
struct codec<std::basic_string_view<Char, Traits>> {
  using view = std::basic_string_view<Char, Traits>;
  static void write(message_writer& out, const view& value) noexcept {
    codec<std::span<const Char>>::write(out, {value.data(), value.size()});
  }
  static view read(message_reader& in) {
    const auto characters = codec<std::span<const Char>>::read(in);
    return view(characters.data(), characters.size());
  }
};

namespace detail {

template <class T>
inline constexpr bool is_view = false;
template <class T, std::size_t Extent>
inline constexpr bool is_view<std::span<T, Extent>> = true;
template <class Char, class Traits>
inline constexpr bool is_view<std::basic_string_view<Char, Traits>> = true;

}  // namespace detail

}  // namespace tridem
