// SPDX-License-Identifier: MIT
// Reads files into blocks of shared memory and has them hashed, one block while the next is filled.
#pragma once

#include "tree_digest/hasher.hpp"
#include "tree_digest/report.hpp"

#include <tridem/io/file.hpp>
#include <tridem/pool/shared_memory.hpp>
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tree_digest {

/// A file that the walk has found.
struct found_file {
  std::string path;
  std::size_t place = 0;  // in the report
};

/// One of several readers that take files from the same queue. Its memory is two blocks, whatever
/// the sizes of the files: a large file is hashed block by block.
class reader {
 public:
  static constexpr std::size_t block_size = 1 << 20;  // bytes

  reader(tridem::queue<found_file>& files, hasher& hash_by, report& results);

  /// Works until the queue is closed and empty.
  tridem::task<> work();

 private:
  struct batch {
    tridem::shared_memory block;
    std::size_t filled = 0;  // bytes
    request what;
    std::vector<found_file> files;  // those that end in this block, in the order of their pieces
  };
  struct open_file {
    found_file which;
    tridem::file contents;
    std::uint64_t offset = 0;
  };

  tridem::task<> fill(batch& into);
  tridem::task<bool> open_next(bool may_wait);
  /// Reads once. True when the file goes on.
  tridem::task<bool> read_some(batch& into, std::size_t piece_begin);
  void deliver(const batch& hashed, const answer& result);

  tridem::queue<found_file>& files_;
  hasher& hash_by_;
  report& results_;
  std::optional<open_file> current_;
};

}  // namespace tree_digest
