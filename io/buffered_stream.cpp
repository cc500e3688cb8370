// SPDX-License-Identifier: MIT
// The failures of buffered streams, and how a line is taken out of one.
#include <tridem/io/buffered_stream.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace tridem::detail {

void throw_too_long(const char* operation, std::size_t limit) {
  char what[160];
  std::snprintf(what, sizeof what,
                "%s: no delimiter within the %zu bytes that buffered_stream_options::limit allows; "
                "the bytes are still in the buffer",
                operation, limit);
  throw std::system_error(std::make_error_code(std::errc::message_size), what);
}

void throw_too_slow(const char* operation, std::size_t held, duration allowed) {
  char what[160];
  std::snprintf(what, sizeof what,
                "%s: not complete within the %g s that are allowed; %zu bytes have come, and are "
                "still in the buffer",
                operation, std::chrono::duration<double>(allowed).count(), held);
  throw std::system_error(std::make_error_code(std::errc::timed_out), what);
}

void throw_peek_too_far(std::size_t wanted, std::size_t limit) {
  char what[160];
  std::snprintf(what, sizeof what,
                "peek at %zu bytes, but buffered_stream_options::limit is %zu bytes", wanted,
                limit);
  throw std::system_error(std::make_error_code(std::errc::message_size), what);
}

bool take_line(byte_buffer& from, std::size_t length, std::string& line) {
  const bool has_end = length != byte_buffer::none;
  if (!has_end) length = from.size();
  if (!has_end && length == 0) return false;
  std::string_view text = as_text(from.bytes()).substr(0, length);
  if (has_end && text.ends_with('\r')) text.remove_suffix(1);
  line.assign(text);
  from.drop(has_end ? length + 1 : length);
  return true;
}

}  // namespace tridem::detail
