// SPDX-License-Identifier: MIT
// What the library writes to stderr, for tests of its words.
#pragma once

#include "tests/support/raw_descriptors.hpp"

#include <cstdio>
#include <string>
#include <unistd.h>

namespace tridem::test {

/// Takes over stderr until `stop`, or its end.
class stderr_capture {
 public:
  stderr_capture() : text_(make_file()), before_(own(::dup(STDERR_FILENO))) {
    std::fflush(stderr);
    ::dup2(text_.get(), STDERR_FILENO);
  }
  stderr_capture(const stderr_capture&) = delete;
  stderr_capture& operator=(const stderr_capture&) = delete;
  ~stderr_capture() {
    if (before_) stop();
  }

  /// Gives stderr back, and what was written meanwhile.
  std::string stop() {
    std::fflush(stderr);
    ::dup2(before_.get(), STDERR_FILENO);
    before_.reset();
    ::lseek(text_.get(), 0, SEEK_SET);
    return drain(text_);
  }
  /// What has been written so far.
  [[nodiscard]] std::string so_far() const {
    std::fflush(stderr);
    std::string all(1 << 20, '\0');
    const ssize_t count = ::pread(text_.get(), all.data(), all.size(), 0);
    all.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return all;
  }

 private:
  descriptor text_;
  descriptor before_;
};

}  // namespace tridem::test
