// SPDX-License-Identifier: MIT
// A walk: directories are opened by operations, and read by getdents64 in between.
#include <tridem/io/detail/statx.hpp>
#include <tridem/io/detail/system_path.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/io/walk.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <compare>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tridem {
namespace {

constexpr std::size_t piece_size = 32 * 1024;

file_type type_of_entry(unsigned char type) noexcept {
  switch (type) {
    case DT_REG:
      return file_type::regular;
    case DT_DIR:
      return file_type::directory;
    case DT_LNK:
      return file_type::symlink;
    case DT_FIFO:
      return file_type::fifo;
    case DT_SOCK:
      return file_type::socket;
    case DT_BLK:
      return file_type::block_device;
    case DT_CHR:
      return file_type::character_device;
    default:
      return file_type::unknown;  // Some file systems do not say.
  }
}

std::string join(std::string_view directory, std::string_view name) {
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  path = directory;
  if (!path.ends_with('/')) path += '/';
  path += name;
  return path;
}

// Compares as the paths below will: what is in a directory starts with its name and a slash.
bool comes_before(std::string_view left, bool left_is_directory, std::string_view right,
                  bool right_is_directory) noexcept {
  const std::size_t common = std::min(left.size(), right.size());
  const int order = left.substr(0, common).compare(right.substr(0, common));
  if (order != 0) return order < 0;
  const auto next = [common](std::string_view name, bool is_directory) noexcept -> int {
    if (name.size() > common) return static_cast<unsigned char>(name[common]);
    return is_directory ? '/' : -1;
  };
  return next(left, left_is_directory) < next(right, right_is_directory);
}

// An entry of whose type nothing is known yet.
task<walk_entry> look_at(std::string path) {
  walk_entry entry{.path = std::move(path), .type = file_type::unknown, .error = {}};
  struct ::statx answer{};
  auto looking = operation_awaitable<stat_operation>(
      stat_operation(AT_FDCWD, entry.path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &answer));
  const result<void> looked = co_await as_result(std::move(looking));
  if (looked) {
    entry.type = detail::type_of_mode(answer.stx_mode);
  } else {
    entry.error = looked.error();
  }
  co_return entry;
}

}  // namespace

tree_walk::tree_walk(std::string root, walk_options options)
    : root_(std::move(root)), options_(options) {}

task<std::optional<walk_entry>> tree_walk::next() {
  if (!started_) {
    static_cast<void>(detail::system_path(root_));
    walk_entry root = co_await look_at(root_);
    started_ = true;
    if (root.type != file_type::directory) co_return std::move(root);
    entering_ = root_;
  }
  if (entering_) co_return co_await enter();
  if (options_.sorted) co_return co_await next_sorted();
  co_return co_await next_found();
}

// Opens `entering_` and gives it out. In sorted order it is read here, too.
task<walk_entry> tree_walk::enter() {
  walk_entry entry{.path = *entering_, .type = file_type::directory, .error = {}};
  auto opening = operation_awaitable<open_operation>(
      open_operation(AT_FDCWD, entry.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  result<descriptor> opened = co_await as_result(std::move(opening));
  if (!opened) {
    entry.error = opened.error();
    entering_.reset();
    co_return entry;
  }
  if (options_.reader == directory_reader::automatic && !mounts_) {
    mounts_ = co_await detail::mount_table::read();
  }
  reading_ = std::move(opened).value();
  reads_here_ =
      options_.reader == directory_reader::loop || (mounts_ && mounts_->is_local(reading_.get()));
  read_error_ = {};
  level found{.path = entry.path, .children = {}};
  if (options_.sorted) {
    while (reading_) {
      co_await read_piece(found);
      // Others may run between two pieces of a large directory.
      if (reading_) co_await yield();
    }
    entry.error = std::exchange(read_error_, {});
    for (child& one : found.children) {
      if (one.type != file_type::unknown) continue;
      const walk_entry looked = co_await look_at(join(found.path, one.name));
      one.type = looked.type;
    }
    std::ranges::sort(found.children, [](const child& left, const child& right) {
      return comes_before(right.name, right.type == file_type::directory, left.name,
                          left.type == file_type::directory);
    });
  }
  levels_.push_back(std::move(found));
  entering_.reset();
  co_return entry;
}

task<std::optional<walk_entry>> tree_walk::next_sorted() {
  while (!levels_.empty() && levels_.back().children.empty()) levels_.pop_back();
  if (levels_.empty()) co_return std::nullopt;
  level& innermost = levels_.back();
  child next = std::move(innermost.children.back());
  innermost.children.pop_back();
  std::string path = join(innermost.path, next.name);
  if (next.type == file_type::directory) {
    entering_ = std::move(path);
    co_return co_await enter();
  }
  co_return walk_entry{.path = std::move(path), .type = next.type, .error = {}};
}

task<std::optional<walk_entry>> tree_walk::next_found() {
  for (;;) {
    if (!levels_.empty() && !levels_.back().children.empty()) {
      level& here = levels_.back();
      walk_entry entry;
      entry.path = join(here.path, here.children.back().name);
      entry.type = here.children.back().type;
      if (entry.type == file_type::unknown) entry = co_await look_at(entry.path);
      here.children.pop_back();
      if (entry.type != file_type::directory) co_return std::move(entry);
      later_.push_back(std::move(entry.path));
    } else if (reading_) {
      co_await read_piece(levels_.back());
      if (read_error_) {
        co_return walk_entry{.path = levels_.back().path,
                             .type = file_type::directory,
                             .error = std::exchange(read_error_, {})};
      }
    } else if (!later_.empty()) {
      levels_.clear();
      entering_ = std::move(later_.back());
      later_.pop_back();
      co_return co_await enter();
    } else {
      co_return std::nullopt;
    }
  }
}

// Adds what the next piece of the open directory holds; closes it at its end, or when it fails.
task<> tree_walk::read_piece(level& into) {
  if (!reads_here_) co_return co_await read_piece_elsewhere(into);
  read_piece_here(into);
}

void tree_walk::read_piece_here(level& into) {
  alignas(dirent64) std::array<char, piece_size> piece;
  const ssize_t size = ::getdents64(reading_.get(), piece.data(), piece.size());
  take_piece(into, piece.data(), size < 0 ? -errno : size);
}

task<> tree_walk::read_piece_elsewhere(level& into) {
  struct alignas(dirent64) piece_room {
    std::array<std::byte, piece_size> bytes;
  };
  const auto piece = std::make_unique_for_overwrite<piece_room>();
  const mutable_buffer room(piece->bytes);
  auto reading =
      operation_awaitable<read_directory_operation>(read_directory_operation(reading_.get(), room));
  result<std::size_t> size = co_await as_result(std::move(reading));
  take_piece(into, reinterpret_cast<const char*>(piece->bytes.data()),
             size ? static_cast<std::int64_t>(*size) : -size.error().value());
}

void tree_walk::take_piece(level& into, const char* piece, std::int64_t size) {
  if (size < 0) read_error_ = {static_cast<int>(-size), std::generic_category()};
  if (size <= 0) {
    reading_.reset();
    return;
  }
  for (std::int64_t at = 0; at < size;) {
    const auto* entry = reinterpret_cast<const dirent64*>(piece + at);
    at += entry->d_reclen;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    into.children.push_back({std::string(name), type_of_entry(entry->d_type)});
  }
}

}  // namespace tridem
