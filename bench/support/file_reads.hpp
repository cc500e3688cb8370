// SPDX-License-Identifier: MIT
// The questions about file reads, the same for all: 4 KiB at random places, from the page cache and
// past it, 1, 32 and 128 of them under way.
#pragma once

#include "bench/support/windows.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <new>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace bench {

inline constexpr int read_depths[] = {1, 32, 128};
inline constexpr std::size_t read_size = 4096;  // bytes, and what places and memory are aligned to

/// How a file is read, and what that is called in the tables.
struct way_to_read {
  const char* question;
  int flags;  // of open(2)
};
inline constexpr way_to_read ways_to_read[] = {{"file read, cached", 0},
                                               {"file read, O_DIRECT", O_DIRECT}};

/// Places in a file, in an order that looks like none.
class random_places {
 public:
  explicit random_places(std::uint64_t file_size) noexcept : blocks_(file_size / read_size) {}

  [[nodiscard]] std::uint64_t next() noexcept {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % blocks_ * read_size;
  }

 private:
  const std::uint64_t blocks_;
  std::uint64_t state_ = 88172645463325252U;
};

inline int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

inline int open_to_read(const char* path, const way_to_read& way) {
  return check(::open(path, O_RDONLY | O_CLOEXEC | way.flags), path);
}

inline std::uint64_t size_of_file(int fd) {
  struct ::stat status{};
  check(::fstat(fd, &status), "fstat");
  return static_cast<std::uint64_t>(status.st_size);
}

struct freed {
  void operator()(std::byte* memory) const noexcept { std::free(memory); }
};
/// Memory for `depth` reads, one after the other.
inline std::unique_ptr<std::byte[], freed> memory_for_reads(int depth) {
  void* memory = std::aligned_alloc(read_size, static_cast<std::size_t>(depth) * read_size);
  if (memory == nullptr) throw std::bad_alloc();
  return std::unique_ptr<std::byte[], freed>(static_cast<std::byte*>(memory));
}

}  // namespace bench
