// SPDX-License-Identifier: MIT
// Results come in any order and leave in the order of their paths.
#pragma once

#include "tree_digest/digest.hpp"

#include <tridem/io/pipe.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <system_error>

namespace tree_digest {

/// Writing the results has failed: nothing else is worth doing.
class output_failed : public std::system_error {
 public:
  explicit output_failed(std::error_code cause) : std::system_error(cause, "standard output") {}
};

class report {
 public:
  /// The place of the next file, in the order in which the walk gives them.
  [[nodiscard]] std::size_t add_file();
  void digested(std::size_t place, const digest& of_contents, const std::string& path);
  /// Says on stderr what is wrong with the path. A file has a place, a directory has none.
  void failed(std::optional<std::size_t> place, const std::string& path, std::error_code cause);
  /// No more files come.
  void walk_ended();

  /// Waits while too many results wait for one before them.
  tridem::task<> room();
  /// Writes lines as they become ready, to the end.
  ///
  /// Errors: output_failed.
  tridem::task<> print(tridem::pipe_writer& out, bool clear_progress);

  [[nodiscard]] std::uint64_t files() const noexcept { return files_; }
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }
  /// Bytes read; counted by the readers.
  std::uint64_t bytes = 0;

 private:
  void settle(std::size_t place, std::string line);

  // The line of each file from the first unprinted one on; empty while it is being hashed, and an
  // empty string for a file that could not be read.
  std::deque<std::optional<std::string>> lines_;
  std::size_t printed_ = 0;
  bool walk_has_ended_ = false;
  tridem::event ready_;
  tridem::event room_;
  std::uint64_t files_ = 0;
  std::uint64_t failures_ = 0;
};

}  // namespace tree_digest
