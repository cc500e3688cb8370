// SPDX-License-Identifier: MIT
// Whether a pool has a fork server of its own.
#pragma once

namespace tridem::detail {

enum class server_use : unsigned char {
  own,     ///< Started with the pool, gone with it.
  shared,  ///< With everything of this loop that would start the same one.
};

}  // namespace tridem::detail
