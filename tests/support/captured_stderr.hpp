// SPDX-License-Identifier: MIT
// What the library says on stderr, read back by the test that made it say so.
#pragma once

#include <doctest/doctest.h>

#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace tridem::test {

/// While it lives, descriptor 2 is a pipe. Keep it away from tests that write more than 64 KiB
/// before they read.
class captured_stderr {
 public:
  captured_stderr() : before_(::dup(2)) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reading_ = ends[0];
    ::dup2(ends[1], 2);
    ::close(ends[1]);
  }
  captured_stderr(const captured_stderr&) = delete;
  captured_stderr& operator=(const captured_stderr&) = delete;
  ~captured_stderr() {
    put_back();
    ::close(reading_);
  }

  /// Blocks this thread in read(2) until `text` has been said.
  void block_until(const std::string& text) {
    while (said_.find(text) == std::string::npos) read_more();
  }

  /// Puts the real one back. Gives everything that was said.
  const std::string& end() {
    put_back();
    while (read_more()) {
    }
    return said_;
  }

  [[nodiscard]] int reading_end() const noexcept { return reading_; }

 private:
  bool read_more() {
    char more[4096];
    const ssize_t size = ::read(reading_, more, sizeof more);
    if (size > 0) said_.append(more, static_cast<std::size_t>(size));
    return size > 0;
  }
  void put_back() {
    if (before_ < 0) return;
    ::dup2(before_, 2);
    ::close(before_);
    before_ = -1;
  }

  int before_;
  int reading_ = -1;
  std::string said_;
};

}  // namespace tridem::test
