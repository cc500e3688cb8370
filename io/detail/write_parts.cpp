// SPDX-License-Identifier: MIT
// sendmsg or writev until all of many buffers are written.
#include <tridem/io/detail/write_parts.hpp>
#include <tridem/io/operations.hpp>

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <sys/uio.h>

namespace tridem::detail {

task<> write_parts(io_object& into, std::span<const const_buffer> parts, sink kind) {
  constexpr std::size_t batch = 64;
  std::array<::iovec, batch> vectors;
  std::size_t skip = 0;  // bytes of the first part that are written already
  while (!parts.empty()) {
    const std::size_t count = std::min(parts.size(), batch);
    for (std::size_t i = 0; i < count; ++i) {
      vectors[i] = {const_cast<std::byte*>(parts[i].data()), parts[i].size()};
    }
    vectors[0].iov_base = static_cast<std::byte*>(vectors[0].iov_base) + skip;
    vectors[0].iov_len -= skip;
    std::size_t written = 0;
    if (kind == sink::pipe) {
      const ::iovec* const given = vectors.data();
      written = co_await into.start_writing<writev_operation>(
          given, static_cast<std::uint32_t>(count), current_position);
    } else {
      ::msghdr message{};
      message.msg_iov = vectors.data();
      message.msg_iovlen = count;
      written = co_await into.start_writing<sendmsg_operation>(&message);
    }
    written += skip;
    while (!parts.empty() && written >= parts.front().size()) {
      written -= parts.front().size();
      parts = parts.subspan(1);
    }
    skip = written;
  }
}

}  // namespace tridem::detail
