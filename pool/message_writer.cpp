// SPDX-License-Identifier: MIT
// Large pieces of a message, for pages that do not exist yet.
#include <tridem/pool/message_writer.hpp>

#include <unistd.h>

namespace tridem {

bool message_writer::write_to_file(const void* data, std::size_t size) noexcept {
  // The kernel allocates and fills page after page in one call; through the mapping each page would
  // cost a fault, and would be cleared before it is filled.
  const auto* from = static_cast<const std::byte*>(data);
  for (std::size_t done = 0; done < size;) {
    const ssize_t count =
        ::pwrite(file_, from + done, size - done, static_cast<::off_t>(size_ + done));
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace tridem
