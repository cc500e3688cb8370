// SPDX-License-Identifier: MIT
// What can be read from a buffered stream: lines, text up to a delimiter, a look at what comes.
#pragma once

#include <tridem/io/detail/buffered_failures.hpp>
#include <tridem/io/detail/byte_buffer.hpp>
#include <tridem/runtime/task.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tridem::detail {

/// What a buffered stream waits for: a delimiter, or, without one, so many bytes.
struct wanted {
  const char* operation;  // for texts
  std::string_view delimiter;
  std::size_t count;
};

inline constexpr wanted a_line{"read_line", "\n", 0};

/// Takes a line out, without its end, which stands at `length`; or else what is left, if anything
/// is.
bool take_line(byte_buffer& from, std::size_t length, std::string& line);

/// The way to the inside of a buffered stream.
struct buffered_access {
  template <class Buffered>
  static byte_buffer& input(Buffered& of) noexcept {
    return of.in_;
  }
  template <class Buffered>
  static task<std::size_t> wait(Buffered& of, const wanted& what) {
    return of.in_time(what);
  }
};

// Each has what detail::buffered_read asks for.

template <class Buffered>
struct line_into {
  [[nodiscard]] std::size_t find() const noexcept {
    return buffered_access::input(*self).find(a_line.delimiter, 0);
  }
  [[nodiscard]] task<std::size_t> wait() const { return buffered_access::wait(*self, a_line); }
  [[nodiscard]] bool take(std::size_t length) const {
    return take_line(buffered_access::input(*self), length, *line);
  }
  Buffered* self;
  std::string* line;
};

template <class Buffered>
struct line_of_its_own {
  [[nodiscard]] std::size_t find() const noexcept {
    return buffered_access::input(*self).find(a_line.delimiter, 0);
  }
  [[nodiscard]] task<std::size_t> wait() const { return buffered_access::wait(*self, a_line); }
  [[nodiscard]] std::optional<std::string> take(std::size_t length) const {
    std::optional<std::string> line(std::in_place);
    if (!take_line(buffered_access::input(*self), length, *line)) line.reset();
    return line;
  }
  Buffered* self;
};

template <class Buffered>
struct text_until {
  [[nodiscard]] std::size_t find() const noexcept {
    return buffered_access::input(*self).find(delimiter, 0);
  }
  [[nodiscard]] task<std::size_t> wait() {
    what = {"read_until", delimiter, 0};
    return buffered_access::wait(*self, what);
  }
  [[nodiscard]] std::optional<std::string> take(std::size_t length) const {
    if (length == byte_buffer::none) return std::nullopt;
    byte_buffer& in = buffered_access::input(*self);
    std::string text(as_text(in.bytes()).substr(0, length + delimiter.size()));
    in.drop(text.size());
    return text;
  }
  Buffered* self;
  std::string delimiter;
  wanted what;
};

template <class Buffered>
struct look_at {
  [[nodiscard]] std::size_t find() const {
    const byte_buffer& in = buffered_access::input(*self);
    if (what.count > in.limit()) throw_peek_too_far(what.count, in.limit());
    return in.size() >= what.count ? what.count : byte_buffer::none;
  }
  [[nodiscard]] task<std::size_t> wait() const { return buffered_access::wait(*self, what); }
  [[nodiscard]] const_buffer take(std::size_t) const noexcept {
    const const_buffer held = buffered_access::input(*self).bytes();
    return held.first(std::min(what.count, held.size()));
  }
  Buffered* self;
  wanted what;
};

}  // namespace tridem::detail
