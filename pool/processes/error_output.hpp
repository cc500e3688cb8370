// SPDX-License-Identifier: MIT
// What a worker writes to stderr: passed on line by line, its end kept as last words.
#pragma once

#include <tridem/io/descriptor.hpp>

#include <string>

namespace tridem::detail {

/// The reading end of a worker's stderr. The pipe blocks its writer only: never this process.
class error_output {
 public:
  explicit error_output(descriptor read_end) noexcept : pipe_(std::move(read_end)) {}

  [[nodiscard]] int number() const noexcept { return pipe_.get(); }

  /// Reads what is there, at most 64 KiB at a time, and passes whole lines on to this process's
  /// stderr. Not to the end of file: grandchildren may hold the pipe open.
  ///
  /// @returns True if there may be more at once.
  bool drain() noexcept;
  /// Reads all that is there, and passes on what has no end of line yet.
  void finish() noexcept;

  /// The last lines, at most 4 KiB, without the final line break.
  [[nodiscard]] std::string last_words() const;

 private:
  static constexpr std::size_t most_kept = 4096;

  void pass_on(std::size_t size) noexcept;

  descriptor pipe_;
  std::string unfinished_;  // a line whose end has not come
  std::string tail_;
};

}  // namespace tridem::detail
