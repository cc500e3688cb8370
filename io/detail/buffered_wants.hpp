// SPDX-License-Identifier: MIT
// What can be read from a buffered stream: lines, text up to a delimiter, a look at what comes.
#pragma once

#include <tridem/io/detail/buffered_failures.hpp>
#include <tridem/io/detail/byte_buffer.hpp>
#include <tridem/runtime/task.hpp>
#include <tridem/runtime/time.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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
  static bool& is_reading(Buffered& of) noexcept {
    return of.is_reading_;
  }
  template <class Buffered>
  static void claim_reading(Buffered& of) {
    of.claim_reading();
  }
  template <class Buffered>
  static auto ask(Buffered& of) {
    return of.ask();
  }
  template <class Buffered, class Got>
  static bool take_in(Buffered& of, Got&& got) {
    return of.take_in(std::forward<Got>(got));
  }
  template <class Buffered>
  static std::size_t look_for(const Buffered& of, const wanted& what, std::size_t searched) {
    return of.look_for(what, searched);
  }
  template <class Buffered>
  static bool has_time_limit(const Buffered& of) noexcept {
    return of.time_limit_ != duration::zero();
  }
  template <class Buffered>
  static task<std::size_t> until_timeout(Buffered& of, const wanted& what) {
    return of.until_timeout(what);
  }
  template <class Buffered>
  static duration limit_of_stream(const Buffered& of) {
    return of.limit_of_stream();
  }
};

// Each has what detail::buffered_read asks for.

template <class Buffered>
struct line_into {
  [[nodiscard]] std::size_t find() const noexcept {
    return buffered_access::input(*self).find(a_line.delimiter, 0);
  }
  [[nodiscard]] const wanted& what() const noexcept { return a_line; }
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
  [[nodiscard]] const wanted& what() const noexcept { return a_line; }
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
  [[nodiscard]] const wanted& what() noexcept {
    text = {"read_until", delimiter, 0};
    return text;
  }
  [[nodiscard]] std::optional<std::string> take(std::size_t length) const {
    if (length == byte_buffer::none) return std::nullopt;
    byte_buffer& in = buffered_access::input(*self);
    std::string taken(as_text(in.bytes()).substr(0, length + delimiter.size()));
    in.drop(taken.size());
    return taken;
  }
  Buffered* self;
  std::string delimiter;
  wanted text;
};

template <class Buffered>
struct look_at {
  [[nodiscard]] std::size_t find() const {
    const byte_buffer& in = buffered_access::input(*self);
    if (bytes.count > in.limit()) throw_peek_too_far(bytes.count, in.limit());
    return in.size() >= bytes.count ? bytes.count : byte_buffer::none;
  }
  [[nodiscard]] const wanted& what() const noexcept { return bytes; }
  [[nodiscard]] const_buffer take(std::size_t) const noexcept {
    const const_buffer held = buffered_access::input(*self).bytes();
    return held.first(std::min(bytes.count, held.size()));
  }
  Buffered* self;
  wanted bytes;
};

}  // namespace tridem::detail
