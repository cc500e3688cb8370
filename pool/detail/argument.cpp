// SPDX-License-Identifier: MIT
// Keeps the descriptor of a shared block.
#include <tridem/pool/detail/argument.hpp>

#include <cerrno>
#include <fcntl.h>
#include <system_error>

namespace tridem::detail {

kept_block::kept_block(const shared_memory& block) {
  if (block.empty()) return;
  number_.reset(::fcntl(block.descriptor(), F_DUPFD_CLOEXEC, 3));
  if (!number_) {
    throw std::system_error(errno, std::system_category(), "pass shared memory to a worker");
  }
}

}  // namespace tridem::detail
