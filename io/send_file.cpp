// SPDX-License-Identifier: MIT
// The short way of a file into a socket, taken only when nothing has to be waited for.
#include "io/posix/sigpipe_guard.hpp"

#include <tridem/io/send_file.hpp>

#include <algorithm>
#include <cerrno>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tridem::detail {
namespace {

// Linux 6.5; the headers of Debian 12 do not have it.
constexpr long cachestat_call = 451;
struct cache_range {
  std::uint64_t offset;
  std::uint64_t length;
};
struct cache_counts {
  std::uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

enum class where : unsigned char { cached, elsewhere, unknown };

// Pages that are cached now may be gone a moment later; then a read waits for the disk once.
where find_pages(int file, std::uint64_t offset, std::uint64_t end) noexcept {
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const cache_range range{offset, end - offset};
  cache_counts counts{};
  if (::syscall(cachestat_call, file, &range, &counts, 0) != 0) return where::unknown;
  const std::uint64_t pages = (end - 1) / page - offset / page + 1;
  return counts.cached >= pages ? where::cached : where::elsewhere;
}

}  // namespace

std::int64_t send_from_cache(int socket, int file, std::uint64_t offset,
                             std::uint64_t length) noexcept {
  constexpr std::int64_t not_now = 0;
  constexpr std::int64_t never_this_way = -1;
  struct ::stat about{};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) return never_this_way;
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (offset >= size) return not_now;
  const std::uint64_t end = offset + std::min(length, size - offset);
  switch (find_pages(file, offset, end)) {
    case where::unknown:
      return never_this_way;
    case where::elsewhere:
      return not_now;
    case where::cached:
      break;
  }
  if (::fstat(socket, &about) != 0 || !S_ISSOCK(about.st_mode)) return never_this_way;
  sigpipe_guard quiet;
  quiet.engage();
  auto at = static_cast<off_t>(offset);
  const ssize_t moved = ::sendfile(socket, file, &at, static_cast<std::size_t>(end - offset));
  if (moved >= 0) return moved;
  if (errno == EPIPE) quiet.swallow();
  // Whatever else it is, the ordinary way will meet it too, and has the words for it.
  return errno == EAGAIN || errno == EINTR ? not_now : never_this_way;
}

}  // namespace tridem::detail
