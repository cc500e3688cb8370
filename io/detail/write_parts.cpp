// SPDX-License-Identifier: MIT
// sendmsg until all of many buffers are sent.
#include <tridem/io/detail/write_parts.hpp>
#include <tridem/io/operations.hpp>

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <sys/uio.h>

namespace tridem::detail {

task<> write_parts(io_object& socket, std::span<const const_buffer> parts) {
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
    ::msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    std::size_t written = co_await socket.start_writing<sendmsg_operation>(&message);
    written += skip;
    while (!parts.empty() && written >= parts.front().size()) {
      written -= parts.front().size();
      parts = parts.subspan(1);
    }
    skip = written;
  }
}

}  // namespace tridem::detail
