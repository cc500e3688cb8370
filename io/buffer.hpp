// SPDX-License-Identifier: MIT
// Borrowed bytes: what every read fills and every write empties. Nothing here owns or copies.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>

namespace tridem {

/// Bytes to be filled. The memory must stay in place until the operation that got it has completed.
using mutable_buffer = std::span<std::byte>;
/// Bytes to be sent or written. The memory must stay unchanged until the operation has completed.
using const_buffer = std::span<const std::byte>;

/// Looks at text as bytes. Cost: none.
[[nodiscard]] inline const_buffer as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span{text.data(), text.size()});
}

/// Looks at the writable characters of a container (std::string, std::array<char, N>) as bytes.
template <class Container>
  requires requires(Container& c) {
    { c.data() } -> std::convertible_to<char*>;
    c.size();
  }
[[nodiscard]] mutable_buffer as_writable_bytes(Container& text) noexcept {
  return std::as_writable_bytes(std::span<char>{text.data(), text.size()});
}

/// Looks at bytes as text; they need not be valid in any encoding. Cost: none.
[[nodiscard]] inline std::string_view as_text(const_buffer bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tridem
