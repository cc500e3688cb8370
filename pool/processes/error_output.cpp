// SPDX-License-Identifier: MIT
// Draining a worker's stderr.
#include "pool/processes/error_output.hpp"

#include <cerrno>
#include <unistd.h>

namespace tridem::detail {

bool error_output::drain() noexcept {
  char buffer[16 << 10];
  for (int round = 0; round < 4; ++round) {
    const ssize_t size = ::read(pipe_.get(), buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    const std::string_view text(buffer, static_cast<std::size_t>(size));
    tail_ += text;
    if (tail_.size() > 2 * most_kept) tail_.erase(0, tail_.size() - most_kept);
    unfinished_ += text;
    const auto last_line_end = unfinished_.rfind('\n');
    if (last_line_end != std::string::npos) {
      pass_on(last_line_end + 1);
    } else if (unfinished_.size() > most_kept) {
      pass_on(unfinished_.size());
    }
  }
  return true;
}

void error_output::finish() noexcept {
  while (drain()) {
  }
  pass_on(unfinished_.size());
}

void error_output::pass_on(std::size_t size) noexcept {
  std::size_t written = 0;
  while (written < size) {
    const ssize_t part = ::write(STDERR_FILENO, unfinished_.data() + written, size - written);
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0)
      break;  // Our own stderr is closed or full: a worker's words are not worth a wait.
    written += static_cast<std::size_t>(part);
  }
  unfinished_.erase(0, size);
}

std::string error_output::last_words() const {
  std::string_view words = tail_;
  if (words.size() > most_kept) words.remove_prefix(words.size() - most_kept);
  // Begin with a whole line if there is one.
  if (words.size() < tail_.size()) {
    const auto first_end = words.find('\n');
    if (first_end != words.npos && first_end + 1 < words.size()) words.remove_prefix(first_end + 1);
  }
  while (words.ends_with('\n')) words.remove_suffix(1);
  return std::string(words);
}

}  // namespace tridem::detail
