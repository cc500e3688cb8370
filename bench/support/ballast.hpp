// SPDX-License-Identifier: MIT
// Memory that a program has, so that it can be seen whether its size matters.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>

namespace bench {

/// Resident memory: every page was written to.
class ballast {
 public:
  /// `mebibytes`: a number, as the command line has it.
  explicit ballast(const char* mebibytes)
      : mebibytes_(std::strtoull(mebibytes, nullptr, 10)),
        bytes_(std::make_unique_for_overwrite<char[]>(mebibytes_ << 20)) {
    volatile char* const bytes = bytes_.get();
    for (std::size_t at = 0; at < mebibytes_ << 20; at += 4096) bytes[at] = 1;
  }

  /// "<who>, 10 MiB"
  [[nodiscard]] std::string with(const std::string& who) const {
    return who + ", " + std::to_string(mebibytes_) + " MiB";
  }

 private:
  std::size_t mebibytes_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace bench
