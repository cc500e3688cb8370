// SPDX-License-Identifier: MIT
// Everything below a directory, one entry at a time, in bounded memory.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/io/detail/mount_table.hpp>
#include <tridem/io/file_status.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace tridem {

/// One thing that stands below the root of a walk, or the root itself.
struct walk_entry {
  std::string path;  // the root as it was given, then names as the system has them: bytes
  file_type type = file_type::unknown;
  std::error_code error;  // set when a directory could not be read, or something not looked at
};

/// Who reads directories, for which io_uring has no operation and no reactor an event.
enum class directory_reader : std::uint8_t {
  /// The loop's thread where the answer comes from this machine's memory or disks; for network
  /// file systems, FUSE and what is not known, another.
  automatic,
  loop,    ///< Always the loop's thread: the fastest, when nothing can be slow.
  thread,  ///< Always another thread: a hand-over for each piece.
};

struct walk_options {
  /// Files come in the byte order of their paths, as `sort` gives in the C locale. A directory
  /// comes before what is in it. Costs memory for the names of each directory between the root and
  /// the entry.
  bool sorted = false;
  directory_reader reader = directory_reader::automatic;
};

/// A walk under way. Symbolic links are given, never followed, not even as the root; mount points
/// are entered.
///
/// Made by `walk`. Every directory is given once, before what is in it; one that cannot be opened,
/// or breaks off, is given (again) with `error` set. What vanishes meanwhile is left out or given
/// with an error. A path longer than PATH_MAX is an error of its directory.
///
/// Memory:   sorted, the names of the directories between root and entry; else one buffer of 32 KiB
/// and the paths of
///           directories that were found and not entered yet. At most one descriptor is open.
/// Threads:  the loop's thread only; one `next` at a time.
class tree_walk {
 public:
  tree_walk(std::string root, walk_options options);
  tree_walk(tree_walk&&) noexcept = default;
  tree_walk& operator=(tree_walk&&) noexcept = default;

  /// The next entry; empty at the end.
  ///
  /// Errors:        none by throwing: they are entries. The root itself may be one. (Except for a
  ///                root with a zero byte in it, which is no path.)
  /// Cancellation:  prompt; the walk can go on afterwards.
  /// Cost:          directories are opened by an operation, and read in pieces of 32 KiB (0.1 to
  ///                0.3 ms each when cached) by whom walk_options::reader says.
  /// Source:        getdents64(2), openat(2).
  [[nodiscard]] task<std::optional<walk_entry>> next();

 private:
  struct child {
    std::string name;
    file_type type;
  };
  // A directory whose children are being given out; the last of them is the next.
  struct level {
    std::string path;
    std::vector<child> children;
  };

  [[nodiscard]] task<walk_entry> enter();
  [[nodiscard]] task<std::optional<walk_entry>> next_sorted();
  [[nodiscard]] task<std::optional<walk_entry>> next_found();
  [[nodiscard]] task<> read_piece(level& into);
  [[nodiscard]] task<> read_piece_elsewhere(level& into);
  void read_piece_here(level& into);
  void take_piece(level& into, const char* piece, std::int64_t size);

  std::string root_;
  walk_options options_;
  bool started_ = false;
  // The directory to enter next. Stays until it was given out, so that a cancelled next() loses
  // nothing.
  std::optional<std::string> entering_;
  descriptor reading_;          // the open directory: the last level
  std::error_code read_error_;  // why reading it broke off, not given out yet
  bool reads_here_ = true;      // by the loop's thread: a matter of its file system
  std::optional<detail::mount_table> mounts_;
  std::vector<level> levels_;       // sorted: from the root inwards; else at most one
  std::vector<std::string> later_;  // unsorted: directories to enter
};

/// Walks `root` and everything below it.
[[nodiscard]] inline tree_walk walk(std::string root, walk_options options = {}) {
  return tree_walk(std::move(root), options);
}

}  // namespace tridem
