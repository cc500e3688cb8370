// SPDX-License-Identifier: MIT
// The work that is handed to processes, threads, or the loop itself: SHA-256 of what stands in a
// block of shared memory.
#pragma once

#include <tridem/pool/shared_memory.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tree_digest {

using digest = std::array<std::uint8_t, 32>;

/// A SHA-256 that stands between two pieces of a large file, as bytes that can travel.
using midstate = std::array<std::uint8_t, 112>;

/// What a block holds: pieces of files, one after the other. Only the first can be the continuation
/// of a file, and only the last can be without its end.
struct request {
  std::vector<std::uint32_t> sizes;  // bytes
  bool continues = false;            // the first piece goes on from `carried`
  bool unfinished = false;           // the last piece is not the end of its file
  midstate carried{};
};

/// A digest for each file that ended in the block, and where the unfinished one stands.
struct answer {
  std::vector<digest> digests;
  midstate carried{};
};

/// Depends on its arguments alone, so it may be run again when a worker dies.
answer hash_contents(const tridem::shared_memory& block, const request& what);

/// The line that sha256sum prints, with its line break.
[[nodiscard]] std::string format_line(const digest& of_contents, const std::string& path);
/// The name as sha256sum escapes it: \\ \n \r; unchanged when it has none of them.
[[nodiscard]] std::string escape_name(const std::string& path);

}  // namespace tree_digest
