// SPDX-License-Identifier: MIT
// Copying many plain elements into a container of their own, in memory that suits them.
#pragma once

#include <tridem/pool/codec_basic.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tridem::detail {

/// From this size on, in bytes, a copy asks for huge pages: fresh memory by pages of 4 KiB costs
/// six times what the copy costs, by pages of 2 MiB not even twice.
inline constexpr std::size_t worth_huge_pages = std::size_t{4} << 20;

/// Asks the kernel for huge pages behind memory that is about to be filled whole.
///
/// Only an advice: where there are none it changes nothing. Source: MADV_HUGEPAGE in madvise(2),
/// Linux 2.6.38.
void want_huge_pages(void* memory, std::size_t size) noexcept;

/// The strings and vectors whose elements can be copied as bytes.
template <class T>
inline constexpr bool is_plain_sequence = false;
template <class Char, class Traits, class Allocator>
inline constexpr bool is_plain_sequence<std::basic_string<Char, Traits, Allocator>> =
    plain_bits<Char>;
template <class T, class Allocator>
inline constexpr bool is_plain_sequence<std::vector<T, Allocator>> = plain_bits<T>;

/// An empty sequence with memory for `count` elements, all of which are about to come.
template <class Sequence>
[[nodiscard]] Sequence room_for(std::size_t count) {
  const std::size_t size = count * sizeof(typename Sequence::value_type);
  Sequence values;
  values.reserve(count);
  if (size >= worth_huge_pages) want_huge_pages(values.data(), size);
  return values;
}

/// A sequence of the elements whose bytes these are; they need not be aligned.
template <class Sequence>
  requires is_plain_sequence<Sequence>
[[nodiscard]] Sequence plain_copy(std::span<const std::byte> from) {
  using element = typename Sequence::value_type;
  const std::size_t count = from.size() / sizeof(element);
  if constexpr (sizeof(element) == 1) {
    const auto* first = reinterpret_cast<const element*>(from.data());
    if (from.size() < worth_huge_pages) return Sequence(first, first + count);
    Sequence values = room_for<Sequence>(count);
    values.assign(first, first + count);
    return values;
  } else {
    Sequence values = room_for<Sequence>(count);
    // Elements can be appended only with a value: so in pieces that are still in the cache when
    // they are written over.
    constexpr std::size_t piece = (std::size_t{16} << 10) / sizeof(element);
    for (std::size_t done = 0; done < count;) {
      const std::size_t step = std::min(piece, count - done);
      values.resize(done + step);
      std::memcpy(values.data() + done, from.data() + done * sizeof(element),
                  step * sizeof(element));
      done += step;
    }
    return values;
  }
}

/// Stands for a sequence until the place is made in which its copy will live.
template <class Sequence>
struct copied_later {
  const Sequence& from;
  operator Sequence() const {
    const auto bytes = std::as_bytes(std::span(from));
    return bytes.size() < worth_huge_pages ? from : plain_copy<Sequence>(bytes);
  }
};

}  // namespace tridem::detail
